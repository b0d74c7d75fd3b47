#include "archive/container/tar_writer.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <ctime>
#include <new>

#include "archive/container/name_locale.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

struct WriteArchiveDeleter {
  void operator()(::archive* writer) const { archive_write_free(writer); }
};

struct EntryDeleter {
  void operator()(::archive_entry* entry) const { archive_entry_free(entry); }
};

}  // namespace

struct TarWriter::State {
  explicit State(ByteSink& sink) : next(sink) {}

  ByteSink& next;
  bool abandoned = false;
  std::exception_ptr failure;  ///< Of `next`, to be carried through libarchive's C code.
  std::unique_ptr<::archive_entry, EntryDeleter> entry;
  std::unique_ptr<::archive, WriteArchiveDeleter> writer;
  std::time_t now = std::time(nullptr);

  // Never tells libarchive of a failure: it would leak what it has open. check() throws it instead,
  // and what libarchive still writes, such as an end to what was given up, is dropped.
  static la_ssize_t write(::archive* /*writer*/, void* self, const void* bytes, std::size_t size) {
    auto& state = *static_cast<State*>(self);
    if (!state.abandoned && !state.failure) {
      try {
        state.next.write({static_cast<const char*>(bytes), size});
      } catch (...) {
        state.failure = std::current_exception();
      }
    }
    return static_cast<la_ssize_t>(size);
  }
};

TarWriter::TarWriter(ByteSink& next) : state_(new State(next)) {
  const NameLocale locale(NameEncoding::utf8);
  state_->writer.reset(archive_write_new());
  state_->entry.reset(archive_entry_new());
  if (!state_->writer || !state_->entry) {
    throw std::bad_alloc();
  }
  // Without blocking, large pieces pass through uncopied.
  ::archive* writer = state_->writer.get();
  check(archive_write_set_format_pax_restricted(writer), "start the tar");
  check(archive_write_set_bytes_per_block(writer, 0), "start the tar");
  check(archive_write_open(writer, state_.get(), nullptr, &State::write, nullptr), "start the tar");
}

TarWriter::~TarWriter() {
  state_->abandoned = true;
}

void TarWriter::begin(const std::string& path, std::uint64_t size) {
  const NameLocale locale(NameEncoding::utf8);
  endEntry();
  ::archive_entry* entry = archive_entry_clear(state_->entry.get());
  archive_entry_copy_pathname(entry, path.c_str());
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_perm(entry, 0644);
  archive_entry_set_mtime(entry, state_->now, 0);
  archive_entry_set_size(entry, static_cast<la_int64_t>(size));
  // A warning is a name that is not UTF-8, which is stored as it is.
  check(archive_write_header(state_->writer.get(), entry), "add a file to the tar");
}

void TarWriter::write(std::string_view bytes) {
  check(archive_write_data(state_->writer.get(), bytes.data(), bytes.size()), "write the tar");
}

void TarWriter::finish() {
  endEntry();
  check(archive_write_close(state_->writer.get()), "end the tar");
  state_->next.finish();
}

// Pads the entry now, where a failure can still be thrown from the right place.
void TarWriter::endEntry() {
  check(archive_write_finish_entry(state_->writer.get()), "write the tar");
}

void TarWriter::check(std::int64_t code, const char* what) {
  if (state_->failure) {
    std::rethrow_exception(state_->failure);
  }
  if (code < ARCHIVE_WARN) {
    const char* cause = archive_error_string(state_->writer.get());
    throw Error(Errc::fileFailed, std::string("cannot ") + what + ": " +
                                      (cause != nullptr ? cause : "unknown cause"));
  }
}

}  // namespace wsferry::archive
