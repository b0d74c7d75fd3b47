#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "archive/reference_check.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::archive {

/// Whether records have the shape of their stage (protocol section 4).
class RecordCheck {
 public:
  /// `references`, if given, outlives it, is told what the records say, and objects.
  explicit RecordCheck(ReferenceCheck* references) : references_(references) {}

  /// @throws Error with what is wrong; the caller knows the place.
  void check(strapi::TransferStage stage, std::string_view json);

 private:
  void checkSchema(std::string_view json);
  void checkEntity(std::string_view json);
  void checkLink(std::string_view json);
  void checkLinkEnd(std::string_view json, const char* side);
  static void checkConfiguration(std::string_view json);

  ReferenceCheck* references_;
  std::uint64_t links_ = 0;
};

}  // namespace wsferry::archive
