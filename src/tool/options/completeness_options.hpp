#pragma once

#include <CLI/CLI.hpp>

#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::tool {

/// What a source may lack, as typed.
struct CompletenessOptions {
  bool allowIncomplete = false;
  bool allowMissingFiles = false;
};

/// --allow-missing-files alone, for what has no server as its source.
void addMissingFilesOption(CLI::App& command, bool& allowMissingFiles);

void addCompletenessOptions(CLI::App& command, CompletenessOptions& options);

void applyCompleteness(const CompletenessOptions& options, strapi::TransferEngineOptions& engine);

}  // namespace wsferry::tool
