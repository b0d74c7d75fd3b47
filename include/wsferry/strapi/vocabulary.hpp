#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wsferry/export.hpp"

namespace wsferry::strapi {

/// Which way a connection transfers; also the last part of its path (protocol section 1).
enum class TransferKind { pull, push };

/// Commands (protocol section 2).
enum class Command { init, status, end };

/// Actions (protocol section 2). A pull accepts bootstrap, getMetadata, getSchemas and close.
enum class TransferAction { bootstrap, getMetadata, getSchemas, beforeTransfer, rollback, close };

/// What a transfer carries. `schemas` is a stage of archives and engines but never a step on the
/// wire (protocol section 2).
enum class TransferStage { schemas, entities, assets, links, configuration };

/// What is done to a step (protocol section 2). `stream` is push only.
enum class StepAction { start, stream, end };

WSFERRY_API std::string_view toString(TransferKind value) noexcept;
WSFERRY_API std::string_view toString(Command value) noexcept;
WSFERRY_API std::string_view toString(TransferAction value) noexcept;
WSFERRY_API std::string_view toString(TransferStage value) noexcept;
WSFERRY_API std::string_view toString(StepAction value) noexcept;

/// The stages in the engine's order (protocol section 7).
inline constexpr std::array<TransferStage, 5> stageOrder = {
    TransferStage::schemas, TransferStage::entities, TransferStage::assets, TransferStage::links,
    TransferStage::configuration};

/// The id that the server gives a transfer.
struct TransferID {
  std::string value;
};

/// Who made the data (`getMetadata`, protocol section 4).
struct Metadata {
  std::string createdAt;      ///< ISO 8601.
  std::string strapiVersion;  ///< Such as 5.54.0.
};

/// One content type's schema, as the JSON text that was received.
struct Schema {
  std::string uid;
  std::string json;
};

/// Announced size of a stage, before any selection, if the source knows: an archive does, and newer
/// servers announce that of the assets (protocol section 4).
struct StageTotals {
  std::optional<std::uint64_t> bytes;
  std::optional<std::uint64_t> count;
};

/// An asset as announced by its start item (protocol section 5).
struct AssetInfo {
  std::string filename;     ///< `{hash}{ext}` as received: not safe as a file name.
  std::uint64_t size = 0;   ///< Announced; can be wrong, and is 0 when unknown.
  std::string metadata;     ///< The upload file's row as JSON text; "{}" if absent.
  std::string path = {};    ///< Of a file on disk with the same bytes, which a destination may
                            ///< share; empty for none.
  std::string sha256 = {};  ///< Of the content, in lower-case hex, so that a destination need not
                            ///< compute it; else empty. Only from a source that throws rather
                            ///< than end() a file with another hash.
};

/// The types of the media library: its files, and the folders they are sorted in.
inline constexpr std::string_view uploadFile = "plugin::upload.file";
inline constexpr std::string_view uploadFolder = "plugin::upload.folder";

/// True for the types that no transfer may carry: `admin::*` and content releases (protocol section
/// 7). Their records hold password hashes and tokens.
[[nodiscard]] WSFERRY_API bool isNeverTransferred(std::string_view uid) noexcept;

}  // namespace wsferry::strapi
