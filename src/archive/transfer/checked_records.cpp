#include "archive/transfer/checked_records.hpp"

#include "archive/text/json_members.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

constexpr std::uint64_t mostRefusedRecords = 5'000;

}  // namespace

void CheckedRecords::begin(strapi::TransferStage stage) {
  stage_ = stage;
  count_ = 0;
  doubles_ = 0;
  bad_ = 0;
  parts_.begin(stage);
  place_.emplace(findings_, [this] {
    return std::string(strapi::toString(stage_)) + ", record " + std::to_string(count_);
  });
}

bool CheckedRecords::isNew(const strapi::Record& record) {
  const std::string_view json = record.text();
  if (record.isRead()) {
    return check_.check(record.views(), json);
  }
  expectUtf8(json);
  const strapi::RecordReading& reading = reader_.look(stage_, json);
  if (!reading.isObject) {
    throw Error(ArchiveErrc::invalidArchive, "not an object");
  }
  const bool isNew = check_.check(reading, json);
  strapi::RecordReader::refuseProblem(reading);
  return isNew;
}

void CheckedRecords::record(const strapi::Record& record) {
  ++count_;
  try {
    if (!isNew(record)) {
      ++doubles_;
      return;
    }
  } catch (const Error& error) {
    findings_.refuse(error.info().message);
    if (++bad_ > mostRefusedRecords) {
      throw Error(ArchiveErrc::invalidArchive,
                  "more than " + std::to_string(mostRefusedRecords) + " of the " +
                      std::string(strapi::toString(stage_)) +
                      " that arrived cannot be imported: " + error.info().message);
    }
    return;
  }
  parts_.record(record.text());
}

void CheckedRecords::end(std::vector<std::string>& notes) {
  place_.reset();
  parts_.end();
  if (doubles_ > 0) {
    notes.push_back("the " + std::string(strapi::toString(stage_)) + " have " +
                    std::to_string(doubles_) + " identical to an earlier one; " +
                    std::string(formOf(doubles_, "it", "each")) + " is stored once");
  }
}

}  // namespace wsferry::archive
