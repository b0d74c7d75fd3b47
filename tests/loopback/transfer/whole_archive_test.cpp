// Whatever a source sends: what a pull ends well with is an archive that everybody takes, and that
// differs from its source when that has changed, and not before.

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/archive_fixture.hpp"
#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/archive/archive_source.hpp"
#include "wsferry/archive/content_comparison.hpp"
#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/strapi/remote_source.hpp"
#include "wsferry/strapi/transfer_engine.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace support;
using namespace wsferry;
using archive::ArchiveDestination;
using archive::ArchiveSource;
using archive::ArchiveSummary;
using archive::verifyArchive;
using strapi::TransferStage;

namespace {

using Records = std::vector<std::string>;

struct OddAsset {
  strapi::AssetInfo info;
  std::string bytes;
};

/// Content in memory, to be changed before it is served.
class OddContent final : public testing::Content {
 public:
  explicit OddContent(const testing::Content& original)
      : metadata_(original.metadata()), schemas_(original.schemas()) {
    for (const auto stage :
         {TransferStage::entities, TransferStage::links, TransferStage::configuration}) {
      const auto next = original.records(stage);
      for (std::string record = next(); !record.empty(); record = next()) {
        all[stage].push_back(record);
      }
    }
    for (const auto& info : original.assets()) {
      const auto next = original.assetBytes(files.size());
      std::string bytes;
      for (std::string piece = next(); !piece.empty(); piece = next()) {
        bytes += piece;
      }
      files.push_back({info, bytes});
    }
  }

  strapi::Metadata metadata() const override { return metadata_; }
  std::vector<strapi::Schema> schemas() const override { return schemas_; }
  NextRecord records(TransferStage stage) const override {
    return [records = all.at(stage), next = std::size_t{0}]() mutable {
      return next < records.size() ? records[next++] : std::string();
    };
  }
  std::vector<strapi::AssetInfo> assets() const override {
    std::vector<strapi::AssetInfo> infos;
    for (const auto& file : files) {
      infos.push_back(file.info);
    }
    return infos;
  }
  NextBytes assetBytes(std::size_t index) const override {
    return [rest = files[index].bytes]() mutable { return std::exchange(rest, {}); };
  }

  std::map<TransferStage, Records> all;
  std::vector<OddAsset> files;

 private:
  strapi::Metadata metadata_;
  std::vector<strapi::Schema> schemas_;
};

/// Puts `to` where `from` is first; what is not there stays as it is.
void replace(std::string& text, const std::string& from, const std::string& to) {
  if (const auto place = text.find(from); place != std::string::npos) {
    text.replace(place, from.size(), to);
  }
}

/// One way in which content can be odd.
struct Oddity {
  const char* name;
  std::function<void(OddContent&, std::mt19937&)> apply;
};

template <typename Item>
Item& anyOf(std::vector<Item>& items, std::mt19937& random) {
  return items[random() % items.size()];
}

Oddity inRecord(const char* name, TransferStage stage, const std::string& from,
                const std::string& to) {
  return {name, [=](OddContent& content, std::mt19937& random) {
            replace(anyOf(content.all[stage], random), from, to);
          }};
}

Oddity inFile(const char* name, const std::string& from, const std::string& to) {
  return {name, [=](OddContent& content, std::mt19937& random) {
            replace(anyOf(content.files, random).info.metadata, from, to);
          }};
}

Oddity addedRecord(const char* name, TransferStage stage, const std::string& record) {
  return {name, [=](OddContent& content, std::mt19937& random) {
            Records& records = content.all[stage];
            const auto place = static_cast<std::ptrdiff_t>(random() % (records.size() + 1));
            records.insert(records.begin() + place, record);
          }};
}

/// A file of that hash, whose name, record and metadata fit.
Oddity addedFile(const char* name, const std::string& hash) {
  return {name, [=](OddContent& content, std::mt19937&) {
            const support::Asset made = support::asset(hash, ".png", "some bytes");
            content.files.push_back({made.info, made.bytes});
            replace(content.files.back().info.metadata, "\"id\":1", "\"id\":77");
            content.all[TransferStage::entities].push_back(
                R"({"type":"plugin::upload.file","id":77,"data":{"hash":")" + hash +
                R"(","ext":".png","provider":"local"}})");
          }};
}

std::string nested(std::size_t depth) {
  return R"({"type":"api::article.article","id":990,"data":{"x":)" + std::string(depth, '[') +
         std::string(depth, ']') + "}}";
}

std::vector<Oddity> oddities() {
  const auto entities = TransferStage::entities;
  const auto links = TransferStage::links;
  std::vector<Oddity> all = {
      {"nothing", [](OddContent&, std::mt19937&) {}},
      inRecord("an empty type", entities, R"("type":"api)", R"("type":"","x":"api)"),
      inRecord("no id", entities, R"("id":)", R"("other":)"),
      inRecord("another white space", entities, R"("data":)", "\"data\"\n:\r\n\t"),
      inRecord("an id that is text", entities, R"("id":)", R"("id":"x","y":)"),
      inRecord("no end of a link", links, R"("right":)", R"("wrong":)"),
      inRecord("an unknown kind of link", links, "relation.", "relations."),
      inRecord("a link that leads nowhere", links, R"("ref":)", R"("ref":99)"),
      inRecord("an unknown kind of configuration", TransferStage::configuration, "core-store",
               "core-stores"),
      addedRecord("a type without a schema", entities, R"({"type":"api::no.no","id":1,"data":{}})"),
      addedRecord("a type that never transfers", entities,
                  R"({"type":"admin::user","id":991,"data":{}})"),
      addedRecord("an array", entities, "[]"),
      addedRecord("deep JSON", entities, nested(400)),
      addedRecord("JSON that is too deep", entities, nested(600)),
      addedRecord("half a pair", entities,
                  R"({"type":"api::article.article","id":992,"data":{"x":"\ud800\u0000"}})"),
      addedRecord("a large number", entities,
                  R"({"type":"api::article.article","id":993,"data":{"x":1e999}})"),
      inFile("the id zero", R"("id":)", R"("id":0,"other":)"),
      inFile("the id of another record", R"("id":)", R"("id":1,"other":)"),
      inFile("no format", R"("type":)", R"("other":)"),
      inFile("another format", R"("type":")", R"("type":"x)"),
      inFile("the hash of another record", R"("mainHash":")", R"("mainHash":"x)"),
      inFile("another hash", R"("hash":")", R"("hash":"x)"),
      inFile("a size that is text", R"("size":)", R"("size":"x","other":)"),
      inFile("no JSON", "{", ""),
      addedFile("a decomposed name", "u\xCC\x88_1"),
      addedFile("a hidden name", ".hidden"),
      addedFile("a name of macOS", "._file"),
      addedFile("a name with a path", "../file"),
      addedFile("a long name", std::string(251, 'n')),
      addedFile("a name that is too long", std::string(300, 'n')),
  };
  const auto add = [&all](const char* name, std::function<void(OddContent&, std::mt19937&)> apply) {
    all.push_back({name, std::move(apply)});
  };
  for (const auto stage : {entities, links}) {
    add("a record twice", [stage](OddContent& content, std::mt19937& random) {
      Records& records = content.all[stage];
      records.push_back(std::string(anyOf(records, random)));
    });
  }
  add("two records of one id", [](OddContent& content, std::mt19937& random) {
    Records& records = content.all[TransferStage::entities];
    std::string other = anyOf(records, random);
    replace(other, R"("data":{)", R"("data":{"added":1,)");
    records.push_back(other);
  });
  add("a file twice", [](OddContent& content, std::mt19937& random) {
    content.files.push_back(OddAsset(anyOf(content.files, random)));
  });
  add("two files of one name", [](OddContent& content, std::mt19937& random) {
    content.files.push_back(OddAsset(anyOf(content.files, random)));
    content.files.back().bytes += "x";
  });
  add("a file that is cut off", [](OddContent& content, std::mt19937& random) {
    std::string& bytes = anyOf(content.files, random).bytes;
    bytes.resize(bytes.size() / 3);
  });
  add("a file without bytes", [](OddContent& content, std::mt19937& random) {
    anyOf(content.files, random).bytes.clear();
  });
  add("a file with more bytes", [](OddContent& content, std::mt19937& random) {
    anyOf(content.files, random).bytes += std::string(5'000, 'x');
  });
  add("a file under another name", [](OddContent& content, std::mt19937& random) {
    anyOf(content.files, random).info.filename += "x";
  });
  add("a missing file", [](OddContent& content, std::mt19937& random) {
    content.files.erase(content.files.begin() +
                        static_cast<std::ptrdiff_t>(random() % content.files.size()));
  });
  return all;
}

/// Of what never leaves a server.
bool isSecret(const std::string& record) {
  return record.find("admin::") != std::string::npos ||
         record.find("plugin::content-releases.") != std::string::npos;
}

/// One of the records that are transferred.
std::size_t anyTransferred(const Records& records, std::mt19937& random) {
  for (;;) {
    const std::size_t chosen = random() % records.size();
    if (!isSecret(records[chosen])) {
      return chosen;
    }
  }
}

/// Another value for one attribute of an entity, but not for those that a server rewrites.
void changeAttribute(std::string& entity, std::mt19937& random) {
  const auto data = entity.find('{', entity.find(R"("data":)"));
  std::vector<std::string_view> values;
  JsonCursor cursor(std::string_view(entity).substr(data));
  REQUIRE(cursor.enterObject());
  std::string_view key;
  while (cursor.nextKey(key)) {
    const std::string_view value = cursor.skipValue();
    if (key != "url" && key != "previewUrl" && key != "provider" && key != "provider_metadata") {
      values.push_back(value);
    }
  }
  const std::string_view value = anyOf(values, random);
  entity.replace(static_cast<std::size_t>(value.data() - entity.data()), value.size(),
                 R"("another value")");
}

std::vector<Oddity> changes() {
  std::vector<Oddity> all;
  const auto add = [&all](const char* name, std::function<void(OddContent&, std::mt19937&)> apply) {
    all.push_back({name, std::move(apply)});
  };
  for (const auto stage :
       {TransferStage::entities, TransferStage::links, TransferStage::configuration}) {
    add("a record that is gone", [stage](OddContent& content, std::mt19937& random) {
      Records& records = content.all[stage];
      const std::string gone = records[anyTransferred(records, random)];  // All of it.
      records.erase(std::remove(records.begin(), records.end(), gone), records.end());
    });
  }
  add("another value of an attribute", [](OddContent& content, std::mt19937& random) {
    Records& records = content.all[TransferStage::entities];
    changeAttribute(records[anyTransferred(records, random)], random);
  });
  add("another end of a link", [](OddContent& content, std::mt19937& random) {
    Records& records = content.all[TransferStage::links];
    replace(records[anyTransferred(records, random)], R"("field":")", R"("field":"x)");
  });
  add("another value of the configuration", [](OddContent& content, std::mt19937& random) {
    std::string& record = anyOf(content.all[TransferStage::configuration], random);
    replace(record, R"("value":)", R"("value":{"added":1,"value":)");
    record += "}";
  });
  add("another byte of a file", [](OddContent& content, std::mt19937& random) {
    for (;;) {
      if (std::string& bytes = anyOf(content.files, random).bytes; !bytes.empty()) {
        char& byte = bytes[random() % bytes.size()];
        byte = static_cast<char>(byte ^ 1);
        return;
      }
    }
  });
  add("a file that is gone", [](OddContent& content, std::mt19937& random) {
    auto& files = content.files;
    const std::string gone = anyOf(files, random).info.filename;  // All of it.
    const auto isGone = [&gone](const OddAsset& file) { return file.info.filename == gone; };
    files.erase(std::remove_if(files.begin(), files.end(), isGone), files.end());
  });
  add("another caption of a file", [](OddContent& content, std::mt19937& random) {
    const std::string changed = anyOf(content.files, random).info.filename;
    for (OddAsset& file : content.files) {
      if (file.info.filename == changed) {
        replace(file.info.metadata, R"("name":")", R"("name":"another )");
      }
    }
  });
  return all;
}

strapi::RemoteSourceOptions sourceOptions() {
  strapi::RemoteSourceOptions options;
  options.connection.bearerToken = "testing-token";
  return options;
}

strapi::TransferResult pull(std::shared_ptr<const testing::Content> content,
                            const std::string& path, archive::Container container) {
  testing::TransferServer server(std::move(content));
  strapi::RemoteSource remote(server.adminUrl(), sourceOptions());
  archive::ArchiveDestinationOptions destination;
  destination.path = path;
  destination.format.container = container;
  destination.format.compressed = false;
  ArchiveDestination made(destination);
  return strapi::TransferEngine(remote, made).run();
}

ArchiveSource archiveAt(const std::string& path) {
  archive::ArchiveSourceOptions options;
  options.path = path;
  return ArchiveSource(options);
}

/// Whether an archive and what another source has are equal.
bool isEqual(const std::string& path, strapi::Source& other) {
  ArchiveSource pulled = archiveAt(path);
  archive::ContentIndex first;
  archive::ContentIndex second;
  static_cast<void>(strapi::TransferEngine(pulled, first).run());
  static_cast<void>(strapi::TransferEngine(other, second).run());
  return archive::compareContents(first, second).equal();
}

bool isEqualToServer(const std::string& path, std::shared_ptr<const testing::Content> content) {
  testing::TransferServer server(std::move(content));
  strapi::RemoteSource remote(server.adminUrl(), sourceOptions());
  return isEqual(path, remote);
}

void convert(const std::string& from, const std::string& to) {
  ArchiveSource source = archiveAt(from);
  ArchiveDestination destination(support::tarOptions(to));
  CHECK(strapi::TransferEngine(source, destination).run().isWhole());
}

void checkDifferences(const std::string& path, const std::string& converted,
                      const std::shared_ptr<OddContent>& content, std::mt19937& random) {
  ArchiveSource other = archiveAt(converted);
  CHECK(isEqual(path, other));
  CHECK(isEqualToServer(path, content));
  static const std::vector<Oddity> all = changes();
  const Oddity& change = all[random() % all.size()];
  CAPTURE(change.name);
  change.apply(*content, random);
  CHECK_FALSE(isEqualToServer(path, content));
}

}  // namespace

TEST_CASE("what a pull ends well with is an archive that is verified, pushed and converted") {
  testing::SampleContentOptions sample;
  sample.articles = 3;
  sample.authors = 2;
  sample.tags = 2;
  sample.images = 2;
  sample.imageBytes = 3'000;
  const auto original = testing::sampleContent(sample);
  const std::vector<Oddity> all = oddities();
  std::map<std::string, int> ended;
  const unsigned rounds = 4 * static_cast<unsigned>(all.size());
  for (unsigned round = 0; round < rounds; ++round) {
    std::mt19937 random(round);
    auto content = std::make_shared<OddContent>(*original);
    const Oddity& first = all[round % all.size()];
    first.apply(*content, random);
    std::string second;
    if (round >= all.size()) {
      const Oddity& oddity = all[random() % all.size()];
      oddity.apply(*content, random);
      second = oddity.name;
    }
    CAPTURE(round, first.name, second);
    const TemporaryFolder folder;
    const std::string path = folder / "pulled";
    try {
      const auto container =
          round % 2 == 0 ? archive::Container::tar : archive::Container::directory;
      if (!pull(content, path, container).isWhole()) {
        ++ended["not whole"];
        continue;
      }
    } catch (const Error& error) {
      INFO(error.what());
      CHECK(error.code() != Errc::invalidState);
      CHECK(folder.names().empty());
      ++ended["refused"];
      continue;
    }
    ++ended["whole"];
    const ArchiveSummary verified = verifyArchive(path);
    for (const auto& problem : verified.problems) {
      UNSCOPED_INFO(problem);
    }
    CHECK(verified.problems.empty());
    // As a push and a conversion read it.
    REQUIRE_NOTHROW(convert(path, folder / "converted"));
    CHECK(verifyArchive(folder / "converted").digest == verified.digest);
    checkDifferences(path, folder / "converted", content, random);
  }
  // Of each enough to mean something.
  CHECK(ended["whole"] > static_cast<int>(rounds / 5));
  CHECK(ended["refused"] > static_cast<int>(rounds / 5));
  CHECK(ended["not whole"] > 3);
}
