#include "archive/tar_writer.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <cerrno>
#include <ctime>
#include <new>

#include "archive/utf8_locale.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

struct ArchiveDeleter {
  void operator()(::archive* writer) const {
    archive_write_fail(writer);  // Keeps it from writing an end to what was given up.
    archive_write_free(writer);
  }
};

struct EntryDeleter {
  void operator()(::archive_entry* entry) const { archive_entry_free(entry); }
};

}  // namespace

struct TarWriter::State {
  explicit State(ByteSink& sink) : next(sink) {}

  ByteSink& next;
  std::exception_ptr failure;  ///< Of `next`, to be carried through libarchive's C code.
  std::unique_ptr<::archive_entry, EntryDeleter> entry;
  std::unique_ptr<::archive, ArchiveDeleter> writer;
  std::time_t now = std::time(nullptr);

  static la_ssize_t write(::archive* writer, void* self, const void* bytes, std::size_t size) {
    auto& state = *static_cast<State*>(self);
    try {
      state.next.write({static_cast<const char*>(bytes), size});
      return static_cast<la_ssize_t>(size);
    } catch (...) {
      state.failure = std::current_exception();
      archive_set_error(writer, EIO, "the output failed");
      return -1;
    }
  }
};

TarWriter::TarWriter(ByteSink& next) : state_(new State(next)) {
  const Utf8Locale utf8;
  state_->writer.reset(archive_write_new());
  state_->entry.reset(archive_entry_new());
  if (!state_->writer || !state_->entry) {
    throw std::bad_alloc();
  }
  // Without blocking, large pieces pass through uncopied.
  if (archive_write_set_format_pax_restricted(state_->writer.get()) != ARCHIVE_OK ||
      archive_write_set_bytes_per_block(state_->writer.get(), 0) != ARCHIVE_OK ||
      archive_write_open(state_->writer.get(), state_.get(), nullptr, &State::write, nullptr) !=
          ARCHIVE_OK) {
    fail("start the tar");
  }
}

TarWriter::~TarWriter() = default;

void TarWriter::begin(const std::string& path, std::uint64_t size) {
  const Utf8Locale utf8;
  endEntry();
  ::archive_entry* entry = archive_entry_clear(state_->entry.get());
  archive_entry_copy_pathname(entry, path.c_str());
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_perm(entry, 0644);
  archive_entry_set_mtime(entry, state_->now, 0);
  archive_entry_set_size(entry, static_cast<la_int64_t>(size));
  // A warning is a name that is not UTF-8, which is stored as it is.
  if (archive_write_header(state_->writer.get(), entry) < ARCHIVE_WARN) {
    fail("add a file to the tar");
  }
}

void TarWriter::write(std::string_view bytes) {
  if (archive_write_data(state_->writer.get(), bytes.data(), bytes.size()) < 0) {
    fail("write the tar");
  }
}

void TarWriter::finish() {
  endEntry();
  if (archive_write_close(state_->writer.get()) != ARCHIVE_OK) {
    fail("end the tar");
  }
  state_->next.finish();
}

// Pads the entry now, where a failure can still be thrown from the right place.
void TarWriter::endEntry() {
  if (archive_write_finish_entry(state_->writer.get()) < ARCHIVE_WARN) {
    fail("write the tar");
  }
}

void TarWriter::fail(const char* what) {
  if (state_->failure) {
    std::rethrow_exception(state_->failure);
  }
  const char* cause = archive_error_string(state_->writer.get());
  throw Error(Errc::fileFailed,
              std::string("cannot ") + what + ": " + (cause != nullptr ? cause : "unknown cause"));
}

}  // namespace wsferry::archive
