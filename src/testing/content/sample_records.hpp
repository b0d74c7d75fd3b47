#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wsferry::testing {

/// When everything in the sample content was made.
inline constexpr std::string_view sampleTime = "2024-01-01T00:00:00.000Z";

/// A number that looks random and is the same everywhere.
std::uint64_t scatter(std::uint64_t value);
std::uint64_t scatter(std::string_view kind, std::uint64_t number);

std::string documentId(std::string_view type, std::uint64_t number);

/// A JSON string with quotes, of the sort that breaks careless readers.
std::string_view literal(std::uint64_t number);

/// The attributes of an entity; see entity().
std::string entityData(std::string_view type, std::uint64_t id, const std::string& members,
                       std::string_view publishedAt = sampleTime, std::string_view locale = {},
                       std::uint64_t document = 0);

/// An entity record; `members` are the attributes of its own. The document's number is the id
/// unless given.
std::string entity(std::string_view type, std::uint64_t id, const std::string& members,
                   std::string_view publishedAt = sampleTime, std::string_view locale = {},
                   std::uint64_t document = 0);

/// One end of a link; a position of 0 is none.
std::string linkEnd(std::string_view type, std::uint64_t ref, std::string_view field,
                    std::uint64_t position = 0);
std::string link(std::string_view kind, std::string_view relation, const std::string& left,
                 const std::string& right);
std::string localizationsLink(std::string_view type, std::uint64_t id, std::uint64_t document);

/// Three rows to a document: an English draft, its published version, a Finnish draft.
unsigned articleDocument(unsigned id);
std::string article(unsigned id);
std::string author(unsigned id);
std::string tag(unsigned id);
std::string folder(unsigned id);
std::string locale(unsigned id);
std::string role(unsigned id);
std::string permission(unsigned id);

}  // namespace wsferry::testing
