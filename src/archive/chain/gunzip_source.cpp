#include "archive/chain/gunzip_source.hpp"

#include <zlib.h>

#include <new>
#include <utility>

#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {
constexpr std::size_t inflatedPieceSize = 256u << 10;
constexpr unsigned char gzipMagic[] = {0x1F, 0x8B};
}  // namespace

struct GunzipSource::State {
  z_stream stream{};
  std::string output = std::string(inflatedPieceSize, '\0');
  std::string_view input;
  bool inMember = true;
};

GunzipSource::GunzipSource(std::unique_ptr<ByteSource> source, PassedOver passedOver)
    : state_(new State), source_(std::move(source)), passedOver_(std::move(passedOver)) {
  constexpr int gzipWindow = 15 + 16;
  if (inflateInit2(&state_->stream, gzipWindow) != Z_OK) {
    throw std::bad_alloc();
  }
}

GunzipSource::~GunzipSource() {
  inflateEnd(&state_->stream);
}

std::string_view GunzipSource::read() {
  z_stream& stream = state_->stream;
  for (;;) {
    if (!state_->inMember && !startNextMember()) {
      return {};
    }
    if (state_->input.empty()) {
      state_->input = source_->read();
      if (state_->input.empty()) {
        throw Error(ArchiveErrc::invalidArchive,
                    "the compressed data end early: the file is truncated");
      }
    }
    // The library does not write through the pointer.
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(state_->input.data()));
    stream.avail_in = static_cast<uInt>(state_->input.size());
    stream.next_out = reinterpret_cast<Bytef*>(state_->output.data());
    stream.avail_out = inflatedPieceSize;
    const int code = inflate(&stream, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
      throw Error(ArchiveErrc::invalidArchive,
                  std::string("the compressed data are damaged: ") +
                      (stream.msg != nullptr ? stream.msg : "inflate failed"));
    }
    state_->input.remove_prefix(state_->input.size() - stream.avail_in);
    state_->inMember = code != Z_STREAM_END;
    if (stream.avail_out < inflatedPieceSize) {
      return std::string_view(state_->output).substr(0, inflatedPieceSize - stream.avail_out);
    }
  }
}

bool GunzipSource::startNextMember() {
  std::string start;
  while (start.size() < sizeof gzipMagic) {
    if (state_->input.empty()) {
      state_->input = source_->read();
      if (state_->input.empty()) {
        return false;
      }
    }
    start.push_back(state_->input.front());
    state_->input.remove_prefix(1);
    if (static_cast<unsigned char>(start.back()) != gzipMagic[start.size() - 1]) {
      // Read to its end: a link before this one checks that end.
      passedOver_(start);
      do {
        passedOver_(state_->input);
        state_->input = source_->read();
      } while (!state_->input.empty());
      state_->input = {};
      return false;
    }
  }
  inflateReset(&state_->stream);
  // The two bytes that are gone already.
  state_->stream.next_in = const_cast<Bytef*>(gzipMagic);
  state_->stream.avail_in = sizeof gzipMagic;
  state_->stream.avail_out = 0;
  inflate(&state_->stream, Z_NO_FLUSH);
  state_->inMember = true;
  return true;
}

}  // namespace wsferry::archive
