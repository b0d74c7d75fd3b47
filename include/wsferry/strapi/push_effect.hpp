#pragma once

#include <string>

namespace wsferry::strapi {

/// What a push has done to its destination, as far as this side can know.
struct PushEffect {
  enum class Database {
    untouched,         ///< Nothing was asked that changes it.
    rolledBack,        ///< The server answered the rollback without an error. It does so too where
                       ///< the database's own rollback failed; the end of the connection then is
                       ///< what rolls back.
    rollbackExpected,  ///< The connection ended before anything was committed: the server rolls
                       ///< back by itself, but did not say so.
    uncertain,         ///< The commit was asked for, and not all was answered: it may have
                       ///< happened.
    committed          ///< The server answered both the commit and the end of the transfer. Its
                       ///< answer to the commit alone comes before the database has done it.
  };

  /// Upload files are not part of the server's transaction (protocol section 6).
  enum class Files {
    untouched,  ///< Nothing was asked that changes them.
    setAside,   ///< The old ones are in `filesBackup` (local storage), or deleted (remote storage)
                ///< by a server that does not say; the new ones are incomplete.
    deleted,    ///< The old ones are deleted from remote storage, all or some: the server said that
                ///< it does; the new ones are incomplete.
    replaced,   ///< The new ones, all that the server stored, and the old ones are gone.
    uncertain   ///< Asked for and not answered, or failed halfway: to set the old ones aside, which
                ///< then are at their place or set aside; or the end of the assets, at which the
                ///< old ones are set aside or already gone, whatever the answer.
  };

  Database database = Database::untouched;
  Files files = Files::untouched;
  std::string filesBackup;  ///< The folder with the old files, if the server named it.
};

}  // namespace wsferry::strapi
