#include "tool/push/destination_state.hpp"

#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/shell_word.hpp"
#include "tool/terminal/terminal.hpp"

namespace wsferry::tool {

namespace {

using Database = strapi::PushEffect::Database;
using Files = strapi::PushEffect::Files;

const char* name(Database database) {
  switch (database) {
    case Database::untouched:
      return "untouched";
    case Database::rolledBack:
      return "rolledBack";
    case Database::rollbackExpected:
      return "rollbackExpected";
    case Database::uncertain:
      return "uncertain";
    case Database::committed:
      return "committed";
  }
  return "uncertain";
}

const char* name(Files files) {
  switch (files) {
    case Files::untouched:
      return "untouched";
    case Files::setAside:
      return "setAside";
    case Files::deleted:
      return "deleted";
    case Files::replaced:
      return "replaced";
    case Files::uncertain:
      return "uncertain";
  }
  return "uncertain";
}

std::string databaseText(Database database) {
  switch (database) {
    case Database::untouched:
      return "was not changed: no change was requested.";
    case Database::rolledBack:
      return "is as it was before: the server said that it rolled back.";
    case Database::rollbackExpected:
      return "should be as it was before: the connection ended before the commit was requested, "
             "and a server then rolls back by itself. It could not say so.";
    case Database::uncertain:
      return "may be the old or the new one: the commit was requested, and the server did not "
             "report its outcome. `wsferry diff` shows which.";
    case Database::committed:
      return "has the new content: the server confirmed the commit.";
  }
  return {};
}

std::string filesText(Files files, const std::string& oldOnes) {
  switch (files) {
    case Files::untouched:
      return "were not touched.";
    case Files::setAside:
      return "were not rolled back, which no server does: the old ones are " + oldOnes +
             ", the new ones may be incomplete.";
    case Files::deleted:
      return "were not rolled back, which no server does: the old ones are deleted from its remote "
             "storage, the new ones may be incomplete.";
    case Files::replaced:
      return "were not rolled back, which no server does: they are the new ones, as far as the "
             "server stored them, and the old ones are gone.";
    case Files::uncertain:
      return "are in an unknown state: unchanged, or the old ones " + oldOnes +
             ", or the new ones, all or some, with the old ones gone. No server rolls files back.";
  }
  return {};
}

// What a push asks for is not asked where nobody is. What the destination did not have, the backup
// has not either, and the push left it there.
std::string restoreCommand(const GivenDestination& destination, const Backup& backup) {
  return std::string("wsferry push ") + (canAskOnTerminal() ? "" : "--force ") +
         (destination.isProtected ? "--force-protected " : "") +
         (backup.isWithoutParts ? "--allow-empty " : "") +
         (backup.path.empty() ? "BACKUP" : quoted(backup.path)) + " " + quoted(destination.name) +
         (destination.configFile.empty() ? "" : " --config " + quoted(destination.configFile));
}

}  // namespace

FailureReport::DestinationState destinationState(const strapi::PushEffect& effect,
                                                 const GivenDestination& destination,
                                                 const Backup& backup) {
  FailureReport::DestinationState state;
  state.database = name(effect.database);
  state.files = name(effect.files);
  state.filesBackup = printable(effect.filesBackup);
  const bool known = !state.filesBackup.empty();
  const std::string folder = known ? state.filesBackup : "public/uploads_backup_<time>";
  state.text = "  The destination's database " + databaseText(effect.database) + "\n";
  state.text +=
      "  Its upload files " +
      filesText(effect.files, "in " + folder + " of the server" +
                                  (known ? "" : " (deleted, if files are on remote storage)")) +
      "\n";
  if (effect.files == Files::untouched) {
    return state;
  }
  if (effect.files == Files::deleted || effect.files == Files::replaced) {
    state.text += "  From here, a backup restores them, with the content:\n";
  } else if (effect.files == Files::uncertain) {
    state.text += "  On the server, if " + folder +
                  " is there, moving it back to public/uploads restores them. From here, with the "
                  "content:\n";
  } else {
    state.text += "  On the server, moving " + folder +
                  " back to public/uploads restores them. From here, with the "
                  "content:\n";
  }
  state.text +=
      "  `" + restoreCommand(destination, backup) + "`" +
      (backup.path.empty() ? ", from an archive of the destination's content before this push"
                           : "") +
      ".\n";
  if (effect.files == Files::setAside || effect.files == Files::uncertain) {
    state.text += "  No later push removes " + folder +
                  ": once the files are restored, look for it on the server and remove it.\n";
  }
  return state;
}

void addSourceState(FailureReport::DestinationState& state, const strapi::PushEffect& effect,
                    const CopyEnds& ends) {
  if (effect.files == Files::untouched) {
    return;
  }
  if (ends.files && ends.files->isDangerous()) {
    state.sourceAtRisk = true;
    state.text += std::string("  ") +
                  (ends.likeness ? "The source" : "What the archive was made from") +
                  " may also have lost files: they are on storage (" + storageText(*ends.files) +
                  ") that the destination may have deleted from. Look at its media library.\n";
  }
  if (ends.likeness && *ends.likeness != Likeness::different) {
    state.sourceAtRisk = true;
    state.text +=
        std::string("  The source ") +
        (ends.likeness == Likeness::alike ? "looks like" : "was not compared with, and may be") +
        " the same server: what is said of the destination's files would then hold for the "
        "source's.\n";
  }
}

}  // namespace wsferry::tool
