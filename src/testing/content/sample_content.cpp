#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>

#include "testing/content/now_text.hpp"
#include "testing/content/sample_records.hpp"
#include "testing/content/sample_schemas.hpp"
#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/testing/content.hpp"

namespace wsferry::testing {

const std::string_view secretHash = "$2a$10$wsferryNeverTransferThisHash0123456789abcdefghijklm";

namespace {

using strapi::TransferStage;

constexpr std::size_t pieceBytes = std::size_t{64} << 10;
constexpr unsigned folders = 2;
constexpr unsigned locales = 2;
constexpr unsigned roles = 2;
constexpr unsigned permissions = 2;

/// So many records of one sort, made on demand: `make` is given 1, 2, 3...
struct Section {
  unsigned count;
  std::function<std::string(unsigned)> make;
};

Content::NextRecord allOf(std::vector<Section> sections) {
  return [sections = std::move(sections), section = std::size_t{0},
          made = unsigned{0}]() mutable -> std::string {
    while (section < sections.size() && made == sections[section].count) {
      ++section;
      made = 0;
    }
    return section < sections.size() ? sections[section].make(++made) : std::string();
  };
}

// Numbers of kilobytes have two decimals at most, as JavaScript prints them.
std::string kilobytes(std::uint64_t bytes) {
  const std::uint64_t hundredths = (bytes + 5) / 10;
  std::string text = std::to_string(hundredths / 100);
  if (const auto rest = hundredths % 100) {
    text += "." + std::to_string(rest / 10) + (rest % 10 != 0 ? std::to_string(rest % 10) : "");
  }
  return text;
}

class SampleContent final : public Content {
 public:
  explicit SampleContent(const SampleContentOptions& options)
      : options_(options), files_(options.images == 0 ? 0 : options.images + 2) {}

  strapi::Metadata metadata() const override { return {nowText(), "5.54.0"}; }

  std::vector<strapi::Schema> schemas() const override { return sampleSchemas(); }

  NextRecord records(TransferStage stage) const override {
    std::vector<Section> sections;
    switch (stage) {
      case TransferStage::schemas:
        for (const auto& schema : schemas()) {
          sections.push_back({1, [json = schema.json](unsigned) { return json; }});
        }
        break;
      case TransferStage::entities:
        sections = entities();
        break;
      case TransferStage::links:
        sections = links();
        break;
      case TransferStage::configuration:
        sections = configuration();
        break;
      case TransferStage::assets:
        break;
    }
    return allOf(std::move(sections));
  }

  std::vector<strapi::AssetInfo> assets() const override {
    std::vector<strapi::AssetInfo> all;
    for (unsigned id = 1; id <= files_; ++id) {
      all.push_back({hash(id) + extension(id), fileBytes(id),
                     R"({"id":)" + std::to_string(id) + "," +
                         entityData("plugin::upload.file", id, fileMembers(id)).substr(1)});
      if (isImage(id)) {
        all.push_back({"thumbnail_" + hash(id) + extension(id), thumbnailBytes(id),
                       thumbnail(id, R"(,"type":"thumbnail","id":)" + std::to_string(id) +
                                         R"(,"mainHash":")" + hash(id) + "\"")});
      }
    }
    return all;
  }

  NextBytes assetBytes(std::size_t index) const override {
    // Images come in pairs, and all the other files after them.
    const std::size_t images = std::size_t{options_.images} * 2;
    const auto id = static_cast<unsigned>(index < images ? index / 2 + 1
                                                         : index - images + options_.images + 1);
    const bool isThumbnail = index < images && index % 2 == 1;
    const std::uint64_t size = isThumbnail ? thumbnailBytes(id) : fileBytes(id);
    return [index, size, offset = std::uint64_t{0}]() mutable {
      std::string piece(
          static_cast<std::size_t>(std::min<std::uint64_t>(pieceBytes, size - offset)), '\0');
      for (std::size_t i = 0; i < piece.size(); i += 8) {
        std::uint64_t bits = scatter(index << 40 | (offset + i));
        for (std::size_t j = i; j < std::min(piece.size(), i + 8); ++j, bits >>= 8) {
          piece[j] = static_cast<char>(bits & 0xffu);
        }
      }
      offset += piece.size();
      return piece;
    };
  }

 private:
  bool isImage(unsigned id) const { return id <= options_.images; }
  bool isEmptyFile(unsigned id) const { return id == options_.images + 1; }

  std::uint64_t fileBytes(unsigned id) const {
    const std::uint64_t spread = options_.imageBytes / 4;
    return isEmptyFile(id) ? 0
                           : options_.imageBytes - spread / 2 + scatter("size", id) % (spread + 1);
  }
  std::uint64_t thumbnailBytes(unsigned id) const { return fileBytes(id) / 10; }

  std::string hash(unsigned id) const {
    return (isImage(id) ? "picture_" : "file_") + std::to_string(id) + "_" +
           documentId("hash", id).substr(0, 10);
  }
  // The last file has none.
  std::string extension(unsigned id) const {
    return isImage(id) ? ".png" : isEmptyFile(id) ? ".bin" : "";
  }
  std::string fileName(unsigned id) const {
    return (isImage(id) ? "pïcture " : "naïve file ") + std::to_string(id) + " 東京" +
           extension(id);
  }

  std::string thumbnail(unsigned id, const std::string& more) const {
    const std::string name = "thumbnail_" + hash(id);
    return R"({"name":)" + encodeJsonString("thumbnail_" + fileName(id)) + R"(,"hash":")" + name +
           R"(","ext":".png","mime":"image/png","path":null,"width":64,"height":40,"size":)" +
           kilobytes(thumbnailBytes(id)) + R"(,"sizeInBytes":)" +
           std::to_string(thumbnailBytes(id)) + R"(,"url":"/uploads/)" + name + ".png\"" + more +
           "}";
  }

  std::string fileMembers(unsigned id) const {
    std::string text = R"("name":)" + encodeJsonString(fileName(id)) + R"(,"alternativeText":)";
    text.append(literal(id)).append(R"(,"caption":null,"focalPoint":null)");
    text += isImage(id)
                ? R"(,"width":320,"height":200,"formats":{"thumbnail":)" + thumbnail(id, "") + "}"
                : std::string(R"(,"width":null,"height":null,"formats":null)");
    text += R"(,"hash":")" + hash(id) + R"(","ext":")" + extension(id) + R"(","mime":")";
    text += isImage(id) ? "image/png" : "application/octet-stream";
    text += R"(","size":)" + kilobytes(fileBytes(id)) + R"(,"url":"/uploads/)" + hash(id) +
            extension(id) + "\"";
    return text + R"(,"previewUrl":null,"provider":"local","provider_metadata":null)" +
           R"(,"folderPath":")" + (id % 2 == 0 ? "/1" : "/") + "\"";
  }

  std::vector<Section> entities() const {
    std::vector<Section> sections = {
        {files_,
         [this](unsigned id) { return entity("plugin::upload.file", id, fileMembers(id)); }},
        {folders, folder},
        {locales, locale},
        {permissions, permission},
        {roles, role},
        {options_.articles, article},
        {options_.authors, author},
        {options_.tags, tag},
    };
    if (options_.withSecrets) {
      const auto secrets = secretEntities();
      sections.insert(sections.end(), secrets.begin(), secrets.end());
    }
    return sections;
  }

  static std::vector<Section> secretEntities() {
    const std::string hash(secretHash);
    const auto one = [](std::string_view type, std::string members) {
      return Section{1, [type, members = std::move(members)](unsigned id) {
                       return entity(type, id, members);
                     }};
    };
    return {
        one("admin::permission",
            R"("action":"plugin::upload.read","subject":null,"properties":{})"),
        one("admin::user",
            R"("firstname":"Ada","lastname":"Admin","email":"ada@example.com","password":")" +
                hash + R"(","isActive":true,"blocked":false)"),
        one("admin::role",
            R"("name":"Super Admin","code":"strapi-super-admin","description":null)"),
        one("admin::api-token",
            R"("name":"Read Only","description":"","type":"read-only","accessKey":")" + hash +
                "\""),
        one("admin::transfer-token",
            R"("name":"backup","description":"","accessKey":")" + hash + "\""),
        one("admin::transfer-token-permission", R"("action":"pull")"),
        one("plugin::content-releases.release",
            R"("name":"Spring","releasedAt":null,"status":"ready")"),
        one("plugin::content-releases.release-action",
            R"("type":"publish","contentType":"api::article.article")"),
    };
  }

  std::vector<Section> links() const {
    const unsigned withCover = std::min(options_.articles, options_.images);
    const unsigned written = options_.authors == 0 ? 0 : options_.articles;
    const unsigned tagged = options_.tags == 0 ? 0 : options_.articles;
    std::vector<Section> sections = {
        {withCover,
         [](unsigned id) {
           return link("morph", "morphToMany", linkEnd("plugin::upload.file", id, "related"),
                       linkEnd("api::article.article", id, "cover", 1));
         }},
        {withCover,
         [](unsigned id) {
           return link("morph", "morphToMany", linkEnd("plugin::upload.file", id, "related"),
                       linkEnd("shared.seo", id, "image", 1));
         }},
        {files_,
         [](unsigned id) {
           return link("basic", "manyToOne", linkEnd("plugin::upload.file", id, "folder"),
                       linkEnd("plugin::upload.folder", id % folders + 1, "files", id));
         }},
        {1,
         [](unsigned) {
           return link("circular", "manyToOne", linkEnd("plugin::upload.folder", 2, "parent"),
                       linkEnd("plugin::upload.folder", 1, "children", 1));
         }},
        {2,
         [](unsigned id) {
           return link("basic", "manyToOne",
                       linkEnd("plugin::users-permissions.permission", id, "role"),
                       linkEnd("plugin::users-permissions.role", id, "permissions", 1));
         }},
        {written,
         [authors = options_.authors](unsigned id) {
           return link("basic", "manyToOne", linkEnd("api::article.article", id, "author"),
                       linkEnd("api::author.author", id % authors + 1, "articles", id));
         }},
        {tagged,
         [tags = options_.tags](unsigned id) {
           return link("basic", "manyToMany", linkEnd("api::article.article", id, "tags", 1),
                       linkEnd("api::tag.tag", id % tags + 1, "articles", id));
         }},
        {options_.articles == 0 ? 0 : options_.articles - 1,
         [](unsigned id) {
           return link("circular", "manyToMany",
                       linkEnd("api::article.article", id + 1, "related", 1),
                       linkEnd("api::article.article", id, "relatedFrom", 1));
         }},
    };
    for (const auto& [type, count] :
         {std::pair("plugin::upload.file", files_), std::pair("plugin::upload.folder", folders),
          std::pair("plugin::i18n.locale", locales),
          std::pair("api::author.author", options_.authors),
          std::pair("api::tag.tag", options_.tags)}) {
      sections.push_back(
          {count, [type = type](unsigned id) { return localizationsLink(type, id, id); }});
    }
    sections.push_back({options_.articles, [](unsigned id) {
                          return localizationsLink("api::article.article", id, articleDocument(id));
                        }});
    if (options_.withSecrets) {
      const auto secrets = secretLinks();
      sections.insert(sections.end(), secrets.begin(), secrets.end());
    }
    return sections;
  }

  std::vector<Section> secretLinks() const {
    const auto madeBy = [](std::string_view field) {
      return [field](unsigned id) {
        return link("basic", "oneToOne", linkEnd("api::article.article", id, field),
                    linkEnd("admin::user", 1, ""));
      };
    };
    const auto one = [](std::string text) {
      return Section{1, [text = std::move(text)](unsigned) { return text; }};
    };
    return {
        {options_.articles, madeBy("createdBy")},
        {options_.articles, madeBy("updatedBy")},
        one(link("basic", "manyToMany", linkEnd("admin::user", 1, "roles", 1),
                 linkEnd("admin::role", 1, "users", 1))),
        one(link("basic", "manyToOne", linkEnd("admin::permission", 1, "role"),
                 linkEnd("admin::role", 1, "permissions", 1))),
        one(link("basic", "manyToOne", linkEnd("admin::transfer-token-permission", 1, "token"),
                 linkEnd("admin::transfer-token", 1, "permissions", 1))),
        one(link("basic", "manyToOne",
                 linkEnd("plugin::content-releases.release-action", 1, "release"),
                 linkEnd("plugin::content-releases.release", 1, "actions", 1))),
        one(localizationsLink("admin::user", 1, 1)),
        one(localizationsLink("plugin::content-releases.release", 1, 1)),
    };
  }

  static std::vector<Section> configuration() {
    const auto one = [](std::string_view type, const std::string& value) {
      std::string text = R"({"type":")" + std::string(type) + R"(","value":)" + value + "}";
      return Section{1, [text = std::move(text)](unsigned) { return text; }};
    };
    return {
        one("core-store",
            R"({"id":1,"key":"plugin_i18n_default_locale","value":"en","type":"string","environment":null,"tag":null})"),
        one("core-store",
            R"({"id":2,"key":"plugin_upload_settings","value":{"sizeOptimization":true,"responsiveDimensions":true,"autoOrientation":false},"type":"object","environment":null,"tag":null})"),
        one("core-store",
            R"({"id":3,"key":"plugin_content_manager_configuration_content_types::api::article.article","value":{"settings":{"bulkable":true,"pageSize":10,"mainField":"title"},"layouts":{"list":["id","title"]},"uid":"api::article.article"},"type":"object","environment":null,"tag":null})"),
        one("webhook",
            R"({"id":1,"name":"Rebuild 東京","url":"https://example.com/rebuild","headers":{},"events":["entry.publish","media.create"],"enabled":true})"),
    };
  }

  const SampleContentOptions options_;
  const unsigned files_;
};

}  // namespace

std::shared_ptr<const Content> sampleContent(const SampleContentOptions& options) {
  return std::make_shared<SampleContent>(options);
}

}  // namespace wsferry::testing
