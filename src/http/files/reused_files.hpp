#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/files/file_list.hpp"
#include "wsferry/core/detail/text/iso_time.hpp"
#include "wsferry/http/detail/files/confirmed_files.hpp"
#include "wsferry/http/detail/files/file_version.hpp"
#include "wsferry/http/detail/files/first_names.hpp"
#include "wsferry/http/detail/files/wanted_set.hpp"
#include "wsferry/http/file_source.hpp"
#include "wsferry/strapi/earlier_files.hpp"
#include "wsferry/strapi/sinks.hpp"

namespace wsferry::http {

/// Hands out files of earlier transfers whose records are as they were.
class ReusedFiles final : public strapi::WantedFiles {
 public:
  /// Says of which files alone there is a use; empty for all.
  using Filter = std::function<bool(std::string_view name)>;

  /// All outlive it. `confirmed`: what the server has, which is not asked where it is null.
  ReusedFiles(FileList& files, strapi::AssetSink& sink, FileSourceStatistics& statistics,
              Filter filter = {}, const ConfirmedFiles* confirmed = nullptr)
      : files_(files),
        sink_(sink),
        statistics_(statistics),
        filter_(std::move(filter)),
        confirmed_(confirmed) {
    files_.forEachRecord([this](std::uint64_t place, const strapi::EntityView& record) {
      const std::optional<std::string> version = fileVersionOf(record);
      for (const MediaFile& file : mediaFilesOf(record)) {
        if (!file.name.empty()) {
          wanted_.add(file.name, version, place);
        }
      }
    });
    wanted_.close();
  }

  /// Takes from one more earlier transfer.
  void takeFrom(strapi::EarlierFiles& earlier) {
    wanted_.forgetMatches();
    isLooking_ = true;
    earlier.offer(*this);
  }

  /// What was not taken, because the server has it with other bytes, although its record is as it
  /// was.
  FirstNames changed() {
    FirstNames names;
    for (const std::string& name : changed_) {
      if (!wanted_.isTaken(name)) {
        names.add(name);
      }
    }
    return names;
  }

  void earlierBegan(std::string_view time) override {
    isLooking_ = false;
    begun_ = readIsoTime(time);
  }

  bool earlierRecord(const strapi::EntityView& record) override {
    const std::optional<std::string> version = fileVersionOf(record);
    bool isAsItWas = false;
    if (version) {
      for (const MediaFile& file : mediaFilesOf(record)) {
        isAsItWas = wanted_.match(file.name, *version) || isAsItWas;
      }
    }
    return isAsItWas;
  }

  bool wants(std::string_view name, std::uint64_t size) override {
    const std::optional<MediaFile> file = find(name);
    if (!file || strapi::sizeProblem(file->size, size)) {
      return false;
    }
    if (confirmed_ == nullptr ||
        (isLooking_ ? confirmed_->has(name, size) : confirmed_->agrees(name, size, begun_))) {
      return true;
    }
    if (confirmed_->has(name)) {
      changed_.emplace(name);
    }
    return false;
  }

  void take(const strapi::EarlierFile& file,
            const std::function<std::string_view()>& read) override {
    const std::optional<MediaFile> wanted = find(file.name);
    if (!wanted) {
      return;
    }
    const std::string assetID = "earlier-" + std::to_string(++statistics_.reused);
    sink_.begin(assetID, {file.name, file.size, wanted->metadata, file.path, file.sha256});
    for (std::string_view bytes = read(); !bytes.empty(); bytes = read()) {
      statistics_.bytesReused += bytes.size();
      sink_.write(assetID, bytes);
    }
    sink_.end(assetID);
    wanted_.take(file.name);
  }

  WantedSet takeWanted() { return std::move(wanted_); }

 private:
  std::optional<MediaFile> find(std::string_view name) {
    if (filter_ && !filter_(name)) {
      return std::nullopt;
    }
    const std::optional<std::uint64_t> place = wanted_.wanted(name);
    if (!place) {
      return std::nullopt;
    }
    std::vector<MediaFile> files = files_.filesAt(*place);
    const auto found = std::find_if(files.begin(), files.end(),
                                    [name](const MediaFile& file) { return file.name == name; });
    return found == files.end() ? std::nullopt : std::optional(std::move(*found));
  }

  FileList& files_;
  strapi::AssetSink& sink_;
  FileSourceStatistics& statistics_;
  const Filter filter_;
  const ConfirmedFiles* const confirmed_;
  bool isLooking_ = true;               ///< When the transfer that is read began is not told yet.
  std::optional<SystemSeconds> begun_;  ///< That; nothing if it is unknown.
  std::set<std::string, std::less<>> changed_;
  WantedSet wanted_;
};

}  // namespace wsferry::http
