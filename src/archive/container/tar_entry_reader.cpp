#include "archive/container/tar_entry_reader.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <exception>
#include <new>

#include "archive/container/behind_end.hpp"
#include "archive/container/entry_path.hpp"
#include "archive/container/name_locale.hpp"
#include "archive/container/tar_header.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

constexpr std::size_t endMarkSize = 2 * tarBlock;  // Of zeros.

struct ReadArchiveDeleter {
  void operator()(::archive* reader) const { archive_read_free(reader); }
};

}  // namespace

struct TarEntryReader::State {
  OpenedArchive opened;
  std::string name;
  const std::atomic<bool>* cancelled = nullptr;
  std::string place = "its start";  ///< Of what is being read, for messages.
  std::uint64_t passed = 0;         ///< Bytes of the tar that libarchive has taken.
  std::string_view last;            ///< The last of them.
  std::string before;               ///< Right before those, as much as the end mark has.
  BehindEnd behind;                 ///< Its end.
  std::uint64_t entryOffset = 0;
  LeadingFolder leadingFolder;
  bool sawHeader = false;
  bool ended = false;
  std::exception_ptr failure;  ///< Of the source, to be carried through libarchive's C code.
  std::unique_ptr<::archive, ReadArchiveDeleter> reader;

  static la_ssize_t read(::archive* reader, void* self, const void** bytes);
  static la_int64_t skip(::archive* reader, void* self, la_int64_t count);
  [[noreturn]] void fail(const std::string& cause);
  [[noreturn]] void failFromLibrary();
  void expectEnd();
  std::uint64_t expectSecondMark(std::string_view known, std::uint64_t begin,
                                 std::uint64_t endMark);
};

la_ssize_t TarEntryReader::State::read(::archive* reader, void* self, const void** bytes) {
  auto& state = *static_cast<State*>(self);
  try {
    throwIfCancelled(state.cancelled);
    state.before += state.last.substr(state.last.size() - std::min(state.last.size(), endMarkSize));
    state.before.erase(0, state.before.size() - std::min(state.before.size(), endMarkSize));
    const auto chunk = state.opened.tar->read();
    state.passed += chunk.size();
    state.last = chunk;
    *bytes = chunk.data();
    return static_cast<la_ssize_t>(chunk.size());
  } catch (...) {
    state.failure = std::current_exception();
    archive_set_error(reader, EIO, "the input failed");
    return -1;
  }
}

la_int64_t TarEntryReader::State::skip(::archive* reader, void* self, la_int64_t count) {
  auto& state = *static_cast<State*>(self);
  try {
    const auto skipped = state.opened.tar->skip(static_cast<std::uint64_t>(count));
    state.passed += skipped;
    state.before.clear();
    state.last = {};
    return static_cast<la_int64_t>(skipped);
  } catch (...) {
    state.failure = std::current_exception();
    archive_set_error(reader, EIO, "the input failed");
    return ARCHIVE_FATAL;
  }
}

void TarEntryReader::State::fail(const std::string& cause) {
  // Before the first header nothing has shown that the key is right.
  const bool keyIsOpen = opened.format.encrypted && !sawHeader;
  throw Error(keyIsOpen ? ArchiveErrc::wrongKey : ArchiveErrc::invalidArchive,
              "cannot read " + name + " at " + place + ": " + cause +
                  (keyIsOpen ? " (wrong key or damaged file)" : ""));
}

void TarEntryReader::State::failFromLibrary() {
  if (failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const Error& error) {
      if (error.code() == Errc::fileFailed || error.code() == Errc::cancelled) {
        throw;
      }
      fail(error.info().message);
    }
  }
  const char* cause = archive_error_string(reader.get());
  fail(cause != nullptr ? cause : "the tar is damaged");
}

// libarchive takes the end of the file for the end of the tar. A tar that was cut between two
// entries is told from a whole one by its missing end mark.
void TarEntryReader::State::expectEnd() {
  place = "its end";
  const auto endMark = static_cast<std::uint64_t>(archive_read_header_position(reader.get()));
  if (endMark + tarBlock > passed) {
    fail("the tar has no end mark: the file is truncated");
  }
  if (failure) {
    failFromLibrary();  // From reading ahead: the end mark was there already.
  }
  const std::string known = before + std::string(last);
  const std::uint64_t begin = passed - known.size();
  std::uint64_t skip = expectSecondMark(known, begin, endMark) - begin;
  // The rest of what libarchive has taken, then what nobody has: padding, mostly, and after the tar
  // a checksum, or what somebody put there.
  try {
    for (std::string_view rest = known; !rest.empty(); rest = opened.tar->read()) {
      throwIfCancelled(cancelled);
      const auto passedBy = static_cast<std::size_t>(std::min<std::uint64_t>(skip, rest.size()));
      behind.add(rest.substr(passedBy));
      skip -= passedBy;
    }
  } catch (const Error&) {
    failure = std::current_exception();
    failFromLibrary();
  }
  behind.finish();
  if (opened.behindData) {
    opened.behindData->finish();
  }
}

// A header that was blanked looks like the first block of the mark, with what it belonged to behind
// it. Where the file ends with that block nothing can have been lost. Returns where the mark
// begins; `known` are the bytes from `begin` on.
std::uint64_t TarEntryReader::State::expectSecondMark(std::string_view known, std::uint64_t begin,
                                                      std::uint64_t endMark) {
  const auto blockAt = [&](std::uint64_t at) {
    return at < begin || at - begin > known.size()
               ? std::string_view()
               : known.substr(static_cast<std::size_t>(at - begin), tarBlock);
  };
  // Headers for all entries that follow, and that none followed, are none of an entry.
  std::string_view mark = blockAt(endMark);
  while (mark.size() == tarBlock && startsWithTarHeader(mark)) {
    endMark += tarBlock + (octalOf(mark.substr(124, 12)) + tarBlock - 1) / tarBlock * tarBlock;
    mark = blockAt(endMark);
  }
  if (mark.size() == tarBlock && isZeros(mark) && !isZeros(blockAt(endMark + tarBlock))) {
    fail(
        "an empty block is found where an entry should begin, and more follows: the file is "
        "damaged");
  }
  return std::max(endMark, begin);
}

TarEntryReader::TarEntryReader(OpenedArchive opened, std::string name,
                               const std::atomic<bool>* cancelled)
    : state_(new State) {
  const NameLocale locale(NameEncoding::bytes);
  state_->opened = std::move(opened);
  state_->name = std::move(name);
  state_->cancelled = cancelled;
  state_->reader.reset(archive_read_new());
  ::archive* reader = state_->reader.get();
  if (reader == nullptr) {
    throw std::bad_alloc();
  }
  if (archive_read_support_filter_none(reader) != ARCHIVE_OK ||
      archive_read_support_format_tar(reader) != ARCHIVE_OK ||
      archive_read_set_callback_data(reader, state_.get()) != ARCHIVE_OK ||
      archive_read_set_read_callback(reader, &State::read) != ARCHIVE_OK ||
      archive_read_set_skip_callback(reader, &State::skip) != ARCHIVE_OK ||
      archive_read_open1(reader) != ARCHIVE_OK) {
    state_->failFromLibrary();
  }
}

TarEntryReader::~TarEntryReader() = default;

const std::string& TarEntryReader::leadingFolder() const {
  return state_->leadingFolder.name();
}

std::uint64_t TarEntryReader::passedOver() const {
  const auto& behindData = state_->opened.behindData;
  return state_->behind.bytes() + (behindData ? behindData->bytes() : 0);
}

std::string TarEntryReader::entryBehindEnd() const {
  const auto& behindData = state_->opened.behindData;
  return !state_->behind.entry().empty() || !behindData ? state_->behind.entry()
                                                        : behindData->entry();
}

std::optional<Entry> TarEntryReader::next() {
  throwIfCancelled(state_->cancelled);
  const NameLocale locale(NameEncoding::bytes);
  if (state_->ended) {
    return std::nullopt;
  }
  ::archive_entry* header = nullptr;
  const int code = archive_read_next_header(state_->reader.get(), &header);
  if (code == ARCHIVE_EOF) {
    state_->expectEnd();
    state_->ended = true;
    return std::nullopt;
  }
  const char* path = code >= ARCHIVE_WARN ? archive_entry_pathname(header) : nullptr;
  if (path == nullptr) {
    state_->failFromLibrary();
  }
  state_->sawHeader = true;
  state_->entryOffset = 0;
  const std::string normalized = normalizedPath(path);
  Entry entry = describeEntry(std::string(state_->leadingFolder.strip(normalized)));
  state_->place = entry.path;
  if (archive_entry_filetype(header) != AE_IFREG || archive_entry_hardlink(header) != nullptr) {
    entry.kind = entry.kind == EntryKind::leftover ? entry.kind : EntryKind::other;
    entry.filename.clear();
    if (archive_entry_filetype(header) == AE_IFDIR && !isFolder(entry)) {
      entry.path += '/';
    }
  } else {
    entry.size = static_cast<std::uint64_t>(archive_entry_size(header));
  }
  return entry;
}

std::string_view TarEntryReader::read() {
  throwIfCancelled(state_->cancelled);
  const void* bytes = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  do {
    const int code = archive_read_data_block(state_->reader.get(), &bytes, &size, &offset);
    if (code == ARCHIVE_EOF) {
      return {};
    }
    if (code < ARCHIVE_WARN) {
      state_->failFromLibrary();
    }
  } while (size == 0);
  if (static_cast<std::uint64_t>(offset) != state_->entryOffset) {
    state_->fail("sparse files are not supported");
  }
  state_->entryOffset += size;
  return {static_cast<const char*>(bytes), size};
}

}  // namespace wsferry::archive
