#include "tool/options/completeness_options.hpp"

namespace wsferry::tool {

void addMissingFilesOption(CLI::App& command, bool& allowMissingFiles) {
  command
      .add_flag("--allow-missing-files", allowMissingFiles,
                "Do not count missing files, or files shorter than their records say, as lost")
      ->group("Completeness");
}

void addCompletenessOptions(CLI::App& command, CompletenessOptions& options) {
  command
      .add_flag("--allow-incomplete", options.allowIncomplete,
                "Continue without the records that a server cannot read; exit code 5")
      ->group("Completeness");
  addMissingFilesOption(command, options.allowMissingFiles);
}

void applyCompleteness(const CompletenessOptions& options, strapi::TransferEngineOptions& engine) {
  engine.allowIncomplete = options.allowIncomplete;
  engine.allowMissingFiles = options.allowMissingFiles;
}

}  // namespace wsferry::tool
