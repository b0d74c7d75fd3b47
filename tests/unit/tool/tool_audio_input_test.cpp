#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "catch.hpp"
#include "tool/stream/audio_input.hpp"

using namespace wsferry;
using tool::AudioInput;

namespace {

/// What a recorder writes into.
struct Pipe {
  Pipe() { REQUIRE(::pipe2(ends, O_CLOEXEC) == 0); }
  ~Pipe() {
    ::close(ends[0]);
    end();
  }
  void write(const std::string& bytes) {
    REQUIRE(::write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  void end() { ::close(std::exchange(ends[1], -1)); }
  std::string path() const { return "/dev/fd/" + std::to_string(ends[0]); }

  int ends[2] = {-1, -1};
};

const TimePoint over = Clock::now();

TimePoint soon() {
  return Clock::now() + std::chrono::seconds(30);
}

}  // namespace

TEST_CASE("What a recorder has left is read when its reader is stopped, to its end") {
  Pipe pipe;
  AudioInput input(pipe.path());
  pipe.write("abc");
  CHECK(input.read(2) == "ab");
  input.stop();
  CHECK(input.read(2).empty());
  pipe.write("d");
  pipe.end();
  CHECK(input.readRest(10, soon()) == "cd");
  CHECK(input.readRest(10, soon()).empty());
  CHECK(input.isAtEnd());
}

TEST_CASE("A recorder that goes on is waited for until the deadline") {
  Pipe pipe;
  AudioInput input(pipe.path());
  pipe.write("abc");
  input.stop();
  CHECK(input.readRest(2, over) == "ab");
  CHECK(input.readRest(2, over) == "c");
  CHECK(input.readRest(2, over).empty());
  CHECK_FALSE(input.isAtEnd());
}

TEST_CASE("A file has no recorder: the rest of it is left") {
  AudioInput input("/proc/self/exe");
  CHECK(input.read(4) ==
        "\x7f"
        "ELF");
  input.stop();
  CHECK(input.readRest(4, soon()).empty());
  CHECK_FALSE(input.isAtEnd());
}
