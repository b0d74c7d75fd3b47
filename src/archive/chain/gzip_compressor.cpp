#include "archive/chain/gzip_compressor.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include "wsferry/core/error.hpp"

#ifdef WSFERRY_HAVE_ISAL
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#else
#include <zlib.h>
#endif

namespace wsferry::archive {
namespace {

constexpr std::size_t compressedPieceSize = 256u << 10;

[[noreturn]] void throwCompressionFailed() {
  throw Error(Errc::fileFailed, "gzip compression failed");
}

// Least significant byte first, as everything of gzip (RFC 1952) and of stored blocks (RFC 1951).
std::string littleEndian(std::uint32_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i, value >>= 8) {
    text.push_back(static_cast<char>(value & 0xFFU));
  }
  return text;
}

}  // namespace

#ifdef WSFERRY_HAVE_ISAL

struct GzipCompressor::State {
  isal_zstream stream{};
  std::vector<std::uint8_t> levelBuffer = std::vector<std::uint8_t>(ISAL_DEF_LVL2_EXTRA_LARGE);
  std::string output = std::string(compressedPieceSize, '\0');
  bool hasBegun = false;
  std::uint32_t crc = 0;
  std::uint32_t size = 0;

  void count(std::string_view bytes) {
    crc = crc32_gzip_refl(crc, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    size += static_cast<std::uint32_t>(bytes.size());
  }
};

GzipCompressor::GzipCompressor() : state_(new State) {
  isal_deflate_init(&state_->stream);
  // On media, level 3 takes nearly three times the time of level 2 to save 0.03 %.
  state_->stream.level = 2;
  state_->stream.level_buf = state_->levelBuffer.data();
  state_->stream.level_buf_size = static_cast<std::uint32_t>(state_->levelBuffer.size());
  state_->stream.gzip_flag = IGZIP_DEFLATE;
}

GzipCompressor::~GzipCompressor() = default;

void GzipCompressor::deflate(std::string_view bytes, bool flushes, ByteSink& next) {
  isal_zstream& stream = state_->stream;
  // The library does not write through the pointer.
  stream.next_in = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(bytes.data()));
  stream.avail_in = static_cast<std::uint32_t>(bytes.size());
  stream.flush = flushes ? SYNC_FLUSH : NO_FLUSH;
  do {
    stream.next_out = reinterpret_cast<std::uint8_t*>(state_->output.data());
    stream.avail_out = compressedPieceSize;
    if (isal_deflate(&stream) != COMP_OK) {
      throwCompressionFailed();
    }
    next.write(std::string_view(state_->output).substr(0, compressedPieceSize - stream.avail_out));
  } while (stream.avail_out == 0 || stream.avail_in > 0);
}

#else

struct GzipCompressor::State {
  z_stream stream{};
  std::string output = std::string(compressedPieceSize, '\0');
  bool hasBegun = false;
  std::uint32_t crc = 0;
  std::uint32_t size = 0;

  void count(std::string_view bytes) {
    if (bytes.empty()) {
      return;  // Without an address crc32() begins anew.
    }
    crc = static_cast<std::uint32_t>(
        crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
    size += static_cast<std::uint32_t>(bytes.size());
  }
};

GzipCompressor::GzipCompressor() : state_(new State) {
  constexpr int plainWindow = -15;
  if (deflateInit2(&state_->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, plainWindow, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throwCompressionFailed();
  }
}

GzipCompressor::~GzipCompressor() {
  deflateEnd(&state_->stream);
}

void GzipCompressor::deflate(std::string_view bytes, bool flushes, ByteSink& next) {
  z_stream& stream = state_->stream;
  // The library does not write through the pointer.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  do {
    stream.next_out = reinterpret_cast<Bytef*>(state_->output.data());
    stream.avail_out = compressedPieceSize;
    if (::deflate(&stream, flushes ? Z_SYNC_FLUSH : Z_NO_FLUSH) == Z_STREAM_ERROR) {
      throwCompressionFailed();
    }
    next.write(std::string_view(state_->output).substr(0, compressedPieceSize - stream.avail_out));
  } while (stream.avail_out == 0);
}

#endif

void GzipCompressor::compress(std::string_view bytes, ByteSink& next) {
  if (!state_->hasBegun) {
    state_->hasBegun = true;
    using namespace std::string_view_literals;
    next.write("\x1F\x8B\x08\0\0\0\0\0\0\xFF"sv);  // Without a name, a time or a system.
  }
  state_->count(bytes);
  deflate(bytes, false, next);
}

void GzipCompressor::finish(std::string_view end, ByteSink& next) {
  compress({}, next);
  deflate({}, true, next);
  state_->count(end);
  const auto size = static_cast<std::uint32_t>(end.size());
  std::string last = "\x01";  // The last block, and stored.
  last += littleEndian(size, 2) + littleEndian(~size, 2);
  last += end;
  last += littleEndian(state_->crc, 4) + littleEndian(state_->size, 4);
  next.write(last);
}

}  // namespace wsferry::archive
