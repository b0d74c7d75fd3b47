#pragma once

#include <string>

namespace wsferry::strapi {

/// What a push has done to its destination, as far as this side can know.
struct PushEffect {
  enum class Database {
    untouched,         ///< No change was requested.
    rolledBack,        ///< The server answered the rollback without an error. It does so even if
                       ///< the database's own rollback failed; then the end of the connection rolls
                       ///< back.
    rollbackExpected,  ///< The connection ended before anything was committed: the server rolls
                       ///< back by itself, but did not say so.
    uncertain,         ///< The commit was requested, but not everything was answered: it may have
                       ///< happened.
    committed          ///< The server answered both the commit and the end of the transfer. Its
                       ///< answer to the commit alone comes before the database has done it.
  };

  /// Upload files are not part of the server's transaction (protocol section 6).
  enum class Files {
    untouched,  ///< No change was requested.
    setAside,   ///< The old ones are in `filesBackup` (local storage), or deleted (remote storage)
                ///< by a server that does not say; the new ones are incomplete.
    deleted,    ///< The server said that it deletes the old ones from remote storage, so all or
                ///< some are gone; the new ones are incomplete.
    replaced,   ///< The new ones, all that the server stored, and the old ones are gone.
    uncertain   ///< A request was not answered, or failed halfway: either to set the old ones
                ///< aside, which are then in place or set aside; or to end the assets, after which
                ///< the old ones are set aside or already gone, whatever the answer.
  };

  Database database = Database::untouched;
  Files files = Files::untouched;
  std::string filesBackup;  ///< The folder with the old files, if the server named it.
};

}  // namespace wsferry::strapi
