#include "archive/media_files.hpp"

#include <optional>

#include "archive/json_members.hpp"

namespace wsferry::archive {

void MediaFiles::addRecord(std::string_view id, std::string_view data) {
  std::string provider;
  std::string_view formats;
  forEachMember(data, [&](std::string_view key, std::string_view value) {
    if (key == "provider") {
      provider = jsonStringOf(value).value_or("");
    } else if (key == "formats") {
      formats = value;
    }
  });
  records_.push_back({std::string(id), provider == "local"});
  addFile(data);
  if (isJsonObject(formats)) {
    forEachMember(formats, [this](std::string_view, std::string_view format) {
      if (isJsonObject(format)) {
        addFile(format);
      }
    });
  }
}

void MediaFiles::addFile(std::string_view json) {
  std::optional<std::string> hash;
  std::string ext;
  forEachMember(json, [&](std::string_view key, std::string_view value) {
    if (key == "hash") {
      hash = jsonStringOf(value);
    } else if (key == "ext") {
      ext = jsonStringOf(value).value_or("");
    }
  });
  if (hash && !uploads_.contains(keyOf(*hash + ext, {}))) {
    named_.push_back({*hash + ext, records_.size() - 1});
  }
}

void MediaFiles::addUpload(std::string_view name) {
  uploads_.insert(keyOf(name, {}));
  hasUploads_ = true;
}

void MediaFiles::finish(Findings& findings) const {
  if (!hasUploads_ && !named_.empty()) {
    findings.remark("the archive has no files, and its media library names " +
                    std::to_string(named_.size()) + ": made without them, or all are missing");
    return;
  }
  for (const Named& file : named_) {
    // As old exports name a file without extension.
    const bool isThere = uploads_.contains(keyOf(file.name, {})) ||
                         uploads_.contains(keyOf(file.name + "null", {})) ||
                         uploads_.contains(keyOf(file.name + "undefined", {}));
    if (isThere) {
      continue;
    }
    const Record& record = records_[file.record];
    const std::string text = "assets/uploads/" + file.name +
                             " is missing, and plugin::upload.file " + record.id + " names it";
    if (record.isLocal) {
      findings.loseFile(text);
    } else {
      findings.remark(text);
    }
  }
}

}  // namespace wsferry::archive
