#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "archive/key_set.hpp"
#include "archive/reference_check.hpp"
#include "strapi/record_inspector.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::archive {

/// Whether records have the shape of their stage (protocol section 4), and what a transfer reads of
/// them.
class RecordCheck {
 public:
  /// `references`, if given, outlives it, is told what the records say, and objects.
  explicit RecordCheck(ReferenceCheck* references) : references_(references) {}

  /// @throws Error with what is wrong; the caller knows the place.
  void check(strapi::TransferStage stage, std::string_view json);

  /// Whether there are records of files, but none of this one. A server refuses its asset, when it
  /// has set its own files aside already.
  bool lacksFile(std::uint64_t id) const { return hasFiles_ && !files_.contains(id); }

 private:
  void checkShape(strapi::TransferStage stage, std::string_view json);
  void checkSchema(std::string_view json);
  void checkEntity(std::string_view json);
  void checkLink(std::string_view json);
  void checkLinkEnd(std::string_view json, const char* side);
  static void checkConfiguration(std::string_view json);

  strapi::RecordInspector inspector_;
  KeySet files_;  ///< The ids of `plugin::upload.file`.
  bool hasFiles_ = false;
  ReferenceCheck* references_;
  std::uint64_t links_ = 0;
};

}  // namespace wsferry::archive
