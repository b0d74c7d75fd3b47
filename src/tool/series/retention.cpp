#include "tool/series/retention.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "archive/check/whole_end.hpp"
#include "tool/report/json_line.hpp"
#include "tool/series/archive_mark.hpp"
#include "tool/series/lacked_files.hpp"
#include "tool/series/latest_archive.hpp"
#include "tool/series/left_out.hpp"
#include "tool/terminal/printable_text.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

using Reasons = RetentionRule::Reasons;

// A pass over one series.
class Retention {
 public:
  Retention(const NameTemplate& series, const RetentionOptions& options,
            const SeriesReading& reading, const std::optional<SeriesArchive>& made)
      : series_(series), options_(options), reading_(reading), made_(made ? made->name : "") {
    result_.dryRun = options.dryRun;
    archives_ = archivesOf(series);
    if (made && !isThere(made->name)) {  // Of a dry run.
      archives_.push_back(*made);
    }
    setAsideIncomplete();
    setAsideAhead();
    setAsideLinks();
  }

  RetentionResult run() {
    decide();
    while ((removesAny() && !isNewestGood()) || !areCountedWhole() || !judgeRemovals()) {
      decide();
    }
    const std::size_t known = result_.leftAlone.size();
    for (std::size_t i = archives_.size(); i-- > 0;) {
      if (reasons_[i].empty()) {
        remove(archives_[i], flaws_[i]);
      } else {
        keep(archives_[i], reasons_[i]);
      }
    }
    for (auto* const rows : {&result_.kept, &result_.removed, &result_.failed}) {
      std::reverse(rows->begin(), rows->end());
    }
    std::reverse(result_.leftAlone.begin() + static_cast<std::ptrdiff_t>(known),
                 result_.leftAlone.end());
    return std::move(result_);
  }

 private:
  bool isThere(const std::string& name) const {
    return std::any_of(archives_.begin(), archives_.end(),
                       [&name](const SeriesArchive& archive) { return archive.name == name; });
  }

  std::string pathOf(const SeriesArchive& archive) const { return series_.folder() + archive.name; }

  // They must not push out what is whole.
  void setAsideIncomplete() {
    const auto complete =
        std::stable_partition(archives_.begin(), archives_.end(), [this](const auto& archive) {
          return archive.name == made_ || !isMarkedIncomplete(pathOf(archive)) ||
                 damageMarkOf(pathOf(archive));  // Told as what is found to be damaged is.
        });
    for (auto archive = complete; archive != archives_.end(); ++archive) {
      result_.incomplete.push_back({pathOf(*archive), incompleteWords});
    }
    archives_.erase(complete, archives_.end());
  }

  // Nobody removes them, and the reader of the result has to know of them.
  void setAsideAhead() {
    const std::time_t now = std::time(nullptr);
    const auto real =
        std::stable_partition(archives_.begin(), archives_.end(), [&](const auto& archive) {
          return archive.name == made_ || !isAheadOfClock(archive, now);
        });
    for (auto archive = real; archive != archives_.end(); ++archive) {
      leaveAlone(*archive, {"it is dated ahead of the clock"});
    }
    archives_.erase(real, archives_.end());
  }

  // A file of two names is one archive: the name that is made now, else the first, counts.
  void setAsideLinks() {
    std::set<FileIdentity> known;
    const auto isMade = [this](const SeriesArchive& archive) { return archive.name == made_; };
    for (const SeriesArchive& archive : archives_) {
      if (const auto identity = identityOf(pathOf(archive)); identity && isMade(archive)) {
        known.insert(*identity);
      }
    }
    for (std::size_t i = 0; i < archives_.size();) {
      const auto identity = identityOf(pathOf(archives_[i]));
      if (!identity || isMade(archives_[i]) || known.insert(*identity).second) {
        ++i;
        continue;
      }
      leaveAlone(archives_[i], {"it is the same file as another one"});
      archives_.erase(archives_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  void decide() {
    std::vector<std::time_t> times;
    for (const SeriesArchive& archive : archives_) {
      times.push_back(archive.time);
    }
    now_ = std::time(nullptr);
    reasons_ = RetentionRule(options_.counts).decide(times, now_);
  }

  bool removesAny() const {
    return std::any_of(reasons_.begin(), reasons_.end(),
                       [](const Reasons& reasons) { return reasons.empty(); });
  }

  // One that is not is left alone, and no longer among them.
  bool isNewestGood() {
    const auto newest =
        std::find_if(archives_.rbegin(), archives_.rend(),
                     [this](const SeriesArchive& archive) { return archive.time <= now_; });
    if (newest == archives_.rend()) {
      return true;
    }
    if (newest->name == made_) {
      std::error_code unknown;
      // Not where a run only shows what it would do.
      if (!newest_ && std::filesystem::exists(pathOf(*newest), unknown)) {
        learnNewest(*newest);
      }
      return true;
    }
    if (!looked_.insert(newest->name).second) {
      return true;
    }
    const Flaw flaw = flawOf(series_, *newest, reading_);
    if (flaw.empty()) {
      forgetDamage(*newest);
      learnNewest(*newest);
      return true;
    }
    leaveAlone(*newest, flaw);
    archives_.erase(std::next(newest).base());
    return false;
  }

  void learnNewest(const SeriesArchive& newest) {
    newest_ = summaryOf(newest);
    newestLosses_ = lossesOf(pathOf(newest));
    try {
      if (newestLosses_ > 0) {
        newestLacks_ = filesLackedBy(pathOf(newest), reading_.key, reading_.interrupted);
      }
    } catch (const Error& error) {
      if (error.code() != Errc::cancelled) {  // Then no archive is removed.
        throw;
      }
    }
  }

  // As isNewestGood(), of the others that stay: what is removed is so because of them.
  bool areCountedWhole() {
    for (std::size_t i = archives_.size(); i-- > 0;) {
      const SeriesArchive& archive = archives_[i];
      const bool isCounted = !reasons_[i].empty() && archive.time <= now_ && archive.name != made_;
      if (!isCounted || !looked_.insert(archive.name).second) {
        continue;
      }
      if (const Flaw flaw = flawOfCounted(series_, archive, reading_); !flaw.empty()) {
        leaveAlone(archive, flaw);
        archives_.erase(archives_.begin() + static_cast<std::ptrdiff_t>(i));
        return false;
      }
      forgetDamage(archive);
    }
    return true;
  }

  // Nothing after a signal: no archive is removed then.
  std::optional<archive::ArchiveSummary> summaryOf(const SeriesArchive& archive) const {
    try {
      return archive::inspectArchive(pathOf(archive), reading_.key, reading_.interrupted);
    } catch (const Error& error) {
      if (error.code() != Errc::cancelled) {
        throw;
      }
      return std::nullopt;
    }
  }

  // What speaks against removing what no rule keeps, before any is removed: false where one that
  // was to stay is found to be damaged, and is no longer among them. The newest first: of several
  // that hold records of a type that is gone, that one stays.
  bool judgeRemovals() {
    flaws_.assign(archives_.size(), {});
    goneTypes_.clear();
    haveKeptTypes_ = false;
    SeriesReading reading = reading_;
    reading.newest = newest_ ? &*newest_ : nullptr;
    reading.goneTypes = &goneTypes_;
    for (std::size_t i = archives_.size(); i-- > 0;) {
      if (!reasons_[i].empty()) {
        continue;
      }
      flaws_[i] = flawOf(series_, archives_[i], reading);
      if (flaws_[i].isLastOfType && !std::exchange(haveKeptTypes_, true)) {
        goneTypes_.clear();
        if (!learnTypesOfKept()) {
          return false;
        }
        flaws_[i] = flawOf(series_, archives_[i], reading);
      }
    }
    return true;
  }

  // Of what the rules keep besides the newest one, whose ends do not show whether they are damaged
  // in the middle. False for one that is.
  bool learnTypesOfKept() {
    for (std::size_t i = archives_.size(); i-- > 0;) {
      if (reasons_[i].empty() || archives_[i].name == made_) {
        continue;
      }
      try {
        const Flaw flaw = addTypes(archives_[i]);
        if (!flaw.empty()) {
          leaveAlone(archives_[i], flaw);
          archives_.erase(archives_.begin() + static_cast<std::ptrdiff_t>(i));
          return false;
        }
      } catch (const Error&) {  // Its types count for none, so that nothing is removed for them.
      }
    }
    return true;
  }

  Flaw addTypes(const SeriesArchive& archive) {
    archive::VerificationOptions options;
    options.allowMissingFiles = true;
    options.cancelled = reading_.interrupted;
    const archive::ArchiveSummary summary =
        archive::verifyArchive(pathOf(archive), reading_.key, options);
    if (!summary.problems.empty()) {
      return {"it is not whole: " + summary.problems.front(), true};
    }
    for (const auto& [type, tally] : summary.entitiesByType) {
      if (tally.count != 0) {
        goneTypes_.insert(type);
      }
    }
    return {};
  }

  std::uint64_t lossesOf(const std::string& path) const {
    const auto end = archive::readWholeEnd(path, reading_.key);
    return end ? end->losses.count : 0;
  }

  void remove(const SeriesArchive& archive, const Flaw& flaw) {
    if (reading_.interrupted != nullptr && *reading_.interrupted) {
      leaveAlone(archive, {interruptedWords});
      return;
    }
    if (!flaw.empty()) {
      leaveAlone(archive, flaw);
      return;
    }
    try {
      if (const std::string kept = keptForNewest(archive); !kept.empty()) {
        leaveAlone(archive, {kept});
        return;
      }
      if (!options_.dryRun) {
        removeArchive(series_, archive);
        forgetDamage(archive);
      }
      result_.removed.push_back({pathOf(archive), "no rule keeps it"});
    } catch (const Error& error) {
      if (error.code() == Errc::cancelled) {
        leaveAlone(archive, {interruptedWords});
      } else {
        result_.failed.push_back({pathOf(archive), error.info().message});
      }
    }
  }

  // What it has that the newest one lost, where losses are accepted. Not all of them have names.
  std::string keptForNewest(const SeriesArchive& archive) const {
    const std::string path = pathOf(archive);
    const auto files = lackedFilesIn(newestLacks_, path, reading_.key, reading_.interrupted);
    if (!files.empty()) {
      return "it has " + *files.begin() + ", which the newest one lost";
    }
    const bool areAllNamed = newestLacks_.areAllNamed && newestLosses_ <= newestLacks_.files.size();
    return !areAllNamed && lossesOf(path) < newestLosses_
               ? "the run that made it lost less than that of the newest one"
               : "";
  }

  // Of one that was found to be whole after all, as where a good copy has taken its place.
  void forgetDamage(const SeriesArchive& archive) {
    if (options_.dryRun || !damageMarkOf(pathOf(archive))) {
      return;
    }
    try {
      markComplete(pathOf(archive));
    } catch (const Error&) {  // It is read again each time.
    }
  }

  void keep(const SeriesArchive& archive, const Reasons& reasons) {
    std::string why;
    for (const std::string& reason : reasons) {
      why += (why.empty() ? "" : ", ") + reason;
    }
    result_.kept.push_back({pathOf(archive), why});
  }

  void leaveAlone(const SeriesArchive& archive, const Flaw& flaw) {
    std::string why = flaw.text;
    if (flaw.isDamage && !options_.dryRun) {
      try {
        markDamaged(pathOf(archive), flaw.text);
      } catch (const Error& error) {
        why += ", and a later run may not notice: " + error.info().message;
      }
    }
    result_.leftAlone.push_back({pathOf(archive), std::move(why)});
  }

  const NameTemplate& series_;
  const RetentionOptions& options_;
  const SeriesReading& reading_;
  const std::string made_;  ///< Its name; empty if none was.
  std::vector<SeriesArchive> archives_;
  std::vector<Reasons> reasons_;
  std::vector<Flaw> flaws_;  ///< Of those that no rule keeps.
  std::time_t now_ = 0;
  std::optional<archive::ArchiveSummary> newest_;
  std::uint64_t newestLosses_ = 0;  ///< Of it, where such are accepted.
  LackedFiles newestLacks_;         ///< Then.
  std::set<std::string> looked_;    ///< Names of those that were found to be whole.
  bool haveKeptTypes_ = false;
  std::set<std::string> goneTypes_;  ///< Of which an archive stays, although the newest has none.
  RetentionResult result_;
};

constexpr const char* leftAloneAdvice =
    "            They stay until somebody looks: `wsferry verify ARCHIVE` shows what is damaged. "
    "One that is not\n            may be the last to have what its line names: remove it only if "
    "that is not needed.\n";

std::string rowsText(const std::string& label, const std::vector<RetentionResult::Row>& rows) {
  std::string text;
  for (const RetentionResult::Row& row : rows) {
    text += label + printable(row.name) + " (" + printable(row.why) + ")\n";
  }
  return text;
}

void writeRows(JsonLine& line, const char* name, const std::vector<RetentionResult::Row>& rows) {
  line.beginArray(name);
  for (const RetentionResult::Row& row : rows) {
    line.beginElement();
    line.text("archive", row.name);
    line.text("why", row.why);
    line.endObject();
  }
  line.endArray();
}

}  // namespace

std::string heldByEarlier(const NameTemplate& series, const std::string& made,
                          const strapi::TransferFilter& selection, const SeriesReading& reading) {
  const std::vector<SeriesArchive> archives = archivesOf(series);
  for (auto earlier = archives.rbegin(); earlier != archives.rend(); ++earlier) {
    const std::string path = series.folder() + earlier->name;
    if (earlier->name == made || isMarkedIncomplete(path) ||
        isAheadOfClock(*earlier, std::time(nullptr))) {
      continue;
    }
    try {
      const std::string held =
          leftOut(selection, archive::inspectArchive(path, reading.key, reading.interrupted));
      return held.empty() ? held : path + " holds " + held;
    } catch (const Error& error) {
      if (error.code() == Errc::cancelled) {  // Nobody knows, and it must push out nothing.
        return path + " may hold something";
      }
      // Otherwise it cannot be read, and does not count.
    }
  }
  return {};
}

RetentionResult applyRetention(const NameTemplate& series, const RetentionOptions& options,
                               const SeriesReading& reading,
                               const std::optional<SeriesArchive>& made) {
  return Retention(series, options, reading, made).run();
}

std::string retentionText(const RetentionResult& result, bool problemsOnly) {
  const std::string problems = rowsText("left alone: ", result.leftAlone) +
                               (result.leftAlone.empty() ? "" : leftAloneAdvice) +
                               rowsText("NOT REMOVED: ", result.failed);
  return problemsOnly
             ? problems
             : rowsText(result.dryRun ? "would keep: " : "kept:     ", result.kept) +
                   rowsText(result.dryRun ? "would remove: " : "removed:  ", result.removed) +
                   rowsText("left alone: ", result.incomplete) + problems;
}

void writeRetention(JsonLine& line, const RetentionResult& result) {
  line.flag("dryRun", result.dryRun);
  writeRows(line, "kept", result.kept);
  writeRows(line, "removed", result.removed);
  writeRows(line, "incomplete", result.incomplete);
  writeRows(line, "leftAlone", result.leftAlone);
  writeRows(line, "failed", result.failed);
}

}  // namespace wsferry::tool
