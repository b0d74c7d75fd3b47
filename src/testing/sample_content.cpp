#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <utility>

#include "core/json_cursor.hpp"
#include "testing/sample_schemas.hpp"
#include "wsferry/testing/content.hpp"

namespace wsferry::testing {

const std::string_view secretHash = "$2a$10$wsferryNeverTransferThisHash0123456789abcdefghijklm";

namespace {

using strapi::TransferStage;

constexpr std::string_view time = "2024-01-01T00:00:00.000Z";
constexpr std::size_t pieceBytes = 64 * 1024;
constexpr unsigned folders = 2;

// A number that looks random and is the same everywhere (the finaliser of SplitMix64).
std::uint64_t scatter(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

std::uint64_t scatter(std::string_view kind, std::uint64_t number) {
  std::uint64_t value = number;
  for (const char c : kind) {
    value = scatter(value ^ static_cast<unsigned char>(c));
  }
  return value;
}

std::string documentId(std::string_view type, std::uint64_t number) {
  std::string id;
  for (unsigned i = 0; i < 24; ++i) {
    const auto value = scatter(type, number * 24 + i);
    id += i == 0 ? static_cast<char>('a' + value % 26)
                 : "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36];
  }
  return id;
}

/// JSON string literals, most as JSON.stringify writes them.
constexpr std::string_view literals[] = {
    R"("plain")",
    R"("quote \" backslash \\ slash / escaped slash \/ tab \t newline \n return \r")",
    "\"line separator \xe2\x80\xa8 paragraph separator \xe2\x80\xa9\"",
    R"("control \u0000 \u0001 \u001f and delete )"
    "\x7f\"",
    R"("escaped astral \ud83e\udd84 and lone surrogate \ud800")",
    R"("<script>alert(\"x\")</script> & <b>bold</b>")",
    R"("")",
};

constexpr std::string_view words[] = {
    "lorem",
    "ipsum",
    "dolor",
    "naïve",
    "façade",
    "smörgåsbord",
    "Größe",
    "Łódź",
    "Ærø",
    "Αθήνα",
    "Москва",
    "東京",
    "서울",
    "ไทย",
    "العربية",
    "עברית",
    "🦄",
    "🇫🇮",
    "👩‍👩‍👧‍👦",
    "𝔘nicode",
    "emoji",
    "labore",
    "amet",
    "e\xcc\x81",
};

std::string someWords(std::string_view kind, std::uint64_t number, unsigned count) {
  std::string text;
  for (unsigned i = 0; i < count; ++i) {
    text += i > 0 ? " " : "";
    text += words[scatter(kind, number * 1000 + i) % std::size(words)];
  }
  return text;
}

std::string quoted(std::string_view text) {
  return encodeJsonString(text);
}

std::string_view literal(std::uint64_t number) {
  return literals[number % std::size(literals)];
}

std::string entity(std::string_view type, std::uint64_t id, const std::string& members,
                   std::string_view publishedAt = time, std::string_view locale = {},
                   std::uint64_t document = 0) {
  const auto orNull = [](std::string_view text) {
    return text.empty() ? std::string("null") : quoted(text);
  };
  std::string text = R"({"type":")";
  text.append(type).append(R"(","id":)").append(std::to_string(id));
  text.append(R"(,"data":{"documentId":")");
  text.append(documentId(type, document != 0 ? document : id)).append("\",").append(members);
  text.append(R"(,"createdAt":")").append(time).append(R"(","updatedAt":")").append(time);
  text.append(R"(","publishedAt":)").append(orNull(publishedAt));
  return text.append(R"(,"locale":)").append(orNull(locale)).append("}}");
}

/// One end of a link; a position of 0 is none.
std::string linkEnd(std::string_view type, std::uint64_t ref, std::string_view field,
                    std::uint64_t position = 0) {
  std::string text = R"({"type":")";
  text.append(type).append("\"");
  if (!field.empty()) {
    text.append(R"(,"field":")").append(field).append("\"");
  }
  text.append(R"(,"ref":)").append(std::to_string(ref));
  if (position != 0) {
    text.append(R"(,"pos":)").append(std::to_string(position));
  }
  return text + "}";
}

std::string link(std::string_view kind, std::string_view relation, const std::string& left,
                 const std::string& right) {
  std::string text = R"({"kind":"relation.)";
  text.append(kind).append(R"(","relation":")").append(relation);
  return text.append(R"(","left":)").append(left).append(R"(,"right":)").append(right).append("}");
}

std::string localizationsLink(std::string_view type, std::uint64_t id, std::uint64_t document) {
  std::string text = R"({"kind":"relation.circular","relation":"oneToMany","left":{"type":")";
  text.append(type).append(R"(","ref":)").append(std::to_string(id));
  text.append(R"(,"field":"localizations"},"right":{"type":")").append(type);
  return text.append(R"(","ref":")").append(documentId(type, document)).append("\"}}");
}

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

// Three rows to a document: an English draft, its published version, a Finnish draft.
unsigned articleDocument(unsigned id) {
  return (id - 1) / 3 + 1;
}

std::string article(unsigned id) {
  const unsigned version = (id - 1) % 3;
  const std::string seo = R"({"id":)" + std::to_string(id) + R"(,"metaTitle":)" +
                          quoted(someWords("seo", id, 3)) + R"(,"metaDescription":null})";
  const std::string body = someWords("body", id, id % 7 == 0 ? 2000 : 40);
  std::string members = R"("title":)" + quoted("Article " + someWords("title", id, 4));
  members += R"(,"slug":"article-)" + std::to_string(articleDocument(id)) + "\"";
  members.append(R"(,"summary":)").append(literal(id)).append(R"(,"body":)").append(quoted(body));
  members += R"(,"views":)" + std::to_string(scatter("views", id) % 100000);
  members += R"(,"reads":"9007199254740991","score":)" + std::to_string(id) + ".25";
  members +=
      R"(,"ratio":-1.5e-7,"day":"2024-02-29","meta":{"n":)" + std::to_string(id) +
      R"(,"list":[1,true,null,{"type":"api::nested.nested"}],"":"empty key"},"featured":false)";
  members += R"(,"seo":)" + seo;
  return entity("api::article.article", id, members, version == 1 ? time : std::string_view(),
                version == 2 ? "fi" : "en", articleDocument(id));
}

std::string author(unsigned id) {
  return entity("api::author.author", id,
                R"("name":)" + quoted(someWords("author", id, 2)) + R"(,"bio":)" +
                    std::string(literal(id + 3)));
}

std::string tag(unsigned id) {
  constexpr std::array<std::string_view, 3> colours = {"red", "green", "blue"};
  return entity("api::tag.tag", id,
                R"("name":)" + quoted("tag " + someWords("tag", id, 1)) + R"(,"colour":")" +
                    std::string(colours[id % colours.size()]) + "\"");
}

std::string folder(unsigned id) {
  const std::string path = id == 1 ? "/1" : "/1/2";
  return entity("plugin::upload.folder", id,
                R"("name":"Folder )" + std::to_string(id) + R"(","pathId":)" + std::to_string(id) +
                    R"(,"path":")" + path + "\"");
}

std::string locale(unsigned id) {
  return entity("plugin::i18n.locale", id,
                id == 1 ? R"json("name":"English (en)","code":"en")json"
                        : R"json("name":"Finnish (fi)","code":"fi")json");
}

std::string role(unsigned id) {
  return entity("plugin::users-permissions.role", id,
                id == 1 ? R"("name":"Authenticated","description":null,"type":"authenticated")"
                        : R"("name":"Public","description":null,"type":"public")");
}

std::string permission(unsigned id) {
  return entity(
      "plugin::users-permissions.permission", id,
      R"("action":"api::article.article.)" + std::string(id == 1 ? "find" : "findOne") + "\"");
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

  strapi::Metadata metadata() const override { return {std::string(time), "5.54.0"}; }

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
                     R"({"id":)" + std::to_string(id) + "," + fileMembers(id) + "}"});
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
    return R"({"name":)" + quoted("thumbnail_" + fileName(id)) + R"(,"hash":")" + name +
           R"(","ext":".png","mime":"image/png","path":null,"width":64,"height":40,"size":)" +
           kilobytes(thumbnailBytes(id)) + R"(,"sizeInBytes":)" +
           std::to_string(thumbnailBytes(id)) + R"(,"url":"/uploads/)" + name + ".png\"" + more +
           "}";
  }

  std::string fileMembers(unsigned id) const {
    std::string text = R"("name":)" + quoted(fileName(id)) + R"(,"alternativeText":)";
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
        {2, locale},
        {2, permission},
        {2, role},
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
          std::pair("plugin::i18n.locale", 2u), std::pair("api::author.author", options_.authors),
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
