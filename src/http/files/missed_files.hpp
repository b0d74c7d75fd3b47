#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/http/detail/files/brought_files.hpp"
#include "wsferry/http/file_source.hpp"
#include "wsferry/strapi/detail/loss/file_names.hpp"
#include "wsferry/strapi/sinks.hpp"

namespace wsferry::http {

/// Names, of which it keeps 8 bytes each. One that it takes for another, of some million million,
/// comes a second time, which a destination notices.
class NameSet {
 public:
  void add(std::string_view name) { hashes_.push_back(std::hash<std::string_view>()(name)); }

  /// To be called before contains().
  void close() { std::sort(hashes_.begin(), hashes_.end()); }

  bool contains(std::string_view name) const {
    return std::binary_search(hashes_.begin(), hashes_.end(), std::hash<std::string_view>()(name));
  }
  std::size_t size() const { return hashes_.size(); }

 private:
  std::vector<std::size_t> hashes_;
};

/// A file on its way.
struct OpenDigest {
  std::string name;
  Sha256 hash;
};
using OpenDigests = std::map<std::string, OpenDigest, std::less<>>;  ///< By asset id.

/// What did not come by HTTP.
struct MissedFiles {
  NameSet files;
  NameSet records;  ///< Their ids.
};

/// Passes files on and notes what bytes they had.
class NotingSink final : public strapi::AssetSink {
 public:
  NotingSink(strapi::AssetSink& next, BroughtFiles& brought) : next_(next), brought_(brought) {}

  void begin(std::string_view assetID, const strapi::AssetInfo& info) override {
    next_.begin(assetID, info);
    open_.insert_or_assign(std::string(assetID), OpenDigest{info.filename, {}});
  }
  void write(std::string_view assetID, std::string_view bytes) override {
    next_.write(assetID, bytes);
    open_.find(assetID)->second.hash.update(bytes);
  }
  void end(std::string_view assetID) override {
    next_.end(assetID);
    const auto open = open_.find(assetID);
    brought_.add(open->second.name, open->second.hash.hex());
    open_.erase(open);
  }
  void omitted(const strapi::Omission& omission) override { next_.omitted(omission); }

 private:
  strapi::AssetSink& next_;
  BroughtFiles& brought_;
  OpenDigests open_;
};

/// Compares the files that were brought otherwise with what was brought, and lets all others pass:
/// those that were missed, and those that no record names, which the next one is to judge. Lets all
/// of them pass where `missed` is null.
class RestSink final : public strapi::AssetSink {
 public:
  RestSink(strapi::AssetSink& next, const MissedFiles* missed, BroughtFiles* brought,
           FileSourceStatistics& statistics)
      : next_(next), missed_(missed), brought_(brought), statistics_(statistics) {}

  void totals(const strapi::StageTotals& totals) override {
    if (missed_ == nullptr) {
      next_.totals(totals);
    }
  }
  void begin(std::string_view assetID, const strapi::AssetInfo& info) override {
    std::string name = strapi::nameInRecord(info.filename, info.metadata);
    if (missed_ == nullptr || missed_->files.contains(name) || !brought_->has(name)) {
      passing_.emplace(assetID);
      passed_.add(name);
      ++statistics_.bySocket;
      next_.begin(assetID, info);
    } else {
      again_.insert_or_assign(std::string(assetID), OpenDigest{std::move(name), {}});
    }
  }
  void write(std::string_view assetID, std::string_view bytes) override {
    if (passing_.find(assetID) != passing_.end()) {
      statistics_.bytesBySocket += bytes.size();
      next_.write(assetID, bytes);
    } else {
      statistics_.bytesTwice += bytes.size();
      if (const auto again = again_.find(assetID); again != again_.end()) {
        again->second.hash.update(bytes);
      }
    }
  }
  void end(std::string_view assetID) override {
    if (const auto found = passing_.find(assetID); found != passing_.end()) {
      passing_.erase(found);
      next_.end(assetID);
    } else if (const auto again = again_.find(assetID); again != again_.end()) {
      brought_->sent(again->second.name, again->second.hash.hex());
      again_.erase(again);
    }
  }
  // A server may lack a file that has come from elsewhere.
  void omitted(const strapi::Omission& omission) override {
    const bool hasCome = missed_ != nullptr && omission.kind == strapi::Omission::Kind::file &&
                         !omission.subject.empty() && !missed_->records.contains(omission.subject);
    if (!hasCome) {
      next_.omitted(omission);
    }
  }

  /// Whether no file that passes is in its middle.
  bool isBetweenFiles() const { return passing_.empty(); }

  /// The names of those that passed.
  NameSet takePassed() {
    passed_.close();
    return std::move(passed_);
  }

 private:
  strapi::AssetSink& next_;
  const MissedFiles* const missed_;
  BroughtFiles* const brought_;
  FileSourceStatistics& statistics_;
  std::set<std::string, std::less<>> passing_;
  OpenDigests again_;
  NameSet passed_;
};

}  // namespace wsferry::http
