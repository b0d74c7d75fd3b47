#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "catch.hpp"
#include "support/error_of.hpp"
#include "tool/audio/audio_input.hpp"

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

std::string filled(AudioInput& input, std::size_t size, Duration gathering,
                   std::string bytes = "") {
  input.fill(bytes, size, gathering);
  return bytes;
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

TEST_CASE("Short blocks are gathered until there is a whole chunk") {
  Pipe pipe;
  AudioInput input(pipe.path());
  pipe.write("ab");
  ssize_t written = 0;
  std::thread recorder([&] {
    written += ::write(pipe.ends[1], "cd", 2);
    written += ::write(pipe.ends[1], "ef", 2);
  });
  CHECK(filled(input, 5, std::chrono::seconds(30)) == "abcde");
  recorder.join();
  CHECK(written == 4);
  pipe.end();
  CHECK(filled(input, 5, std::chrono::seconds(30)) == "f");
  CHECK(filled(input, 5, std::chrono::seconds(30)).empty());
}

TEST_CASE("Gathering ends with its time, and when the reader is stopped") {
  Pipe pipe;
  AudioInput input(pipe.path());
  pipe.write("ab");
  CHECK(filled(input, 5, Duration(1)) == "ab");
  pipe.write("cd");
  std::thread signal([&] { input.stop(); });
  const std::string last = filled(input, 5, std::chrono::hours(1));
  CHECK((last == "cd" || last.empty()));
  signal.join();
  CHECK(filled(input, 5, std::chrono::hours(1)).empty());
}

TEST_CASE("What was read already waits for more no longer than for the gathering") {
  Pipe pipe;  // Whose recorder says no more.
  AudioInput input(pipe.path());
  CHECK(filled(input, 5, Duration(1), "ab") == "ab");
  pipe.write("cd");
  CHECK(filled(input, 3, Duration(1), "ab") == "abc");
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

TEST_CASE("A file that is not there is a mistake of the command line, another failure is not") {
  CHECK(support::errorOf([] { AudioInput("/no-such-folder/audio.raw"); }) ==
        make_error_code(Errc::invalidOption));
  CHECK(support::errorOf([] { AudioInput("/"); }) == make_error_code(Errc::invalidOption));
  // Nothing is mapped there.
  CHECK(support::errorOf([] { AudioInput("/proc/self/mem").read(1); }) ==
        make_error_code(Errc::fileFailed));
}
