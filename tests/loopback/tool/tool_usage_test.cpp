#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/push_server.hpp"
#include "support/tool_process.hpp"

using namespace support;

namespace {

struct Expected {
  std::vector<std::string> arguments;
  std::string words;
};

}  // namespace

TEST_CASE("what is not known is named where it is nearly right") {
  const Expected expected = GENERATE(
      Expected{{"pul"}, "unknown command pul: did you mean pull?"},
      Expected{{"pul", "https://a.test/admin", "-o", "x.tar.gz"},
               "unknown command pul: did you mean pull?"},
      Expected{{"profile", "list"},
               "unknown action list: the only one is `wsferry profile show`; profiles are vatis, "},
      Expected{{"profile"}, "an action is missing: the only one is `wsferry profile show`; "},
      Expected{{"profile", "show"}, "NAME|FILE is missing; profiles are vatis, "},
      Expected{{"config"}, "an action is missing: the only one is `wsferry config check`\n"},
      Expected{{"verify"}, "usage: wsferry verify [OPTIONS] ARCHIVE...\n"},
      Expected{{"help", "pul"}, "unknown command pul: did you mean pull?"},
      Expected{{"backup"}, "unknown command backup: did you mean pull?"},
      Expected{{"export", "x"}, "unknown command export: did you mean pull?"},
      Expected{{"import", "x", "y"}, "unknown command import: did you mean push?"},
      Expected{{"pull", "--ouput", "x"}, "unknown option --ouput: did you mean --output?"},
      Expected{{"pull", "--forced", "x"}, "unknown option --forced: did you mean --force?"},
      Expected{{"pull", "--excluded", "x"}, "unknown option --excluded: did you mean --exclude?"},
      Expected{{"pull", "--keyfile=x"}, "unknown option --keyfile: did you mean --key-file?"},
      Expected{{"pull", "--token-files", "x"},
               "unknown option --token-files: did you mean --token-file?"},
      Expected{{"stream", "--lang", "ro"}, "unknown option --lang: did you mean --language?"},
      Expected{{"pull", "--output-file=x"}, "unknown option --output-file: did you mean --output?"},
      Expected{{"ver", "x"}, "unknown command ver: did you mean verify or version?"},
      Expected{{"verify", "--jsno"}, "unknown option --jsno: did you mean --json?"},
      Expected{{"pull", "--recursive"}, "unknown option --recursive"},
      Expected{{"inspect", "x", "--output=y"}, "`wsferry inspect` does not take --output"},
      Expected{{"upload", "x", "--raw-audio", "linear16,16000,1"},
               "`wsferry upload` does not take --raw-audio: say it with patches, such as --patch "
               "encoding=linear16 "},
      Expected{{"--json", "pull", "x"}, "as in `wsferry pull --json`"},
      Expected{{"pull", "--version"}, "`wsferry --version`"},
      Expected{{"verify"}, "ARCHIVE is missing"}, Expected{{}, "a command is missing: pull, push,"},
      Expected{{"pull", "-o"}, "--output needs a value"},
      Expected{{"pull", "-o", "a", "-o", "b"}, "--output is given more than once"},
      Expected{{"pull", "--json=perhaps"}, "--json is given a value"},
      Expected{{"pull", "--key", "k", "--key-file", "f"}, "--key cannot be given together with"},
      Expected{{"serve", "--sample", "--port", "70000"},
               "--port takes a whole number from 0 to 65535, not 70000"},
      Expected{{"-q"}, "wsferry: `wsferry` does not take -q\n"},
      Expected{{"serve", "--port=-1"}, "--port takes a whole number from 0 to 65535, not -1\n"},
      Expected{{"pull", "--ping-interval", "30x"}, "--ping-interval takes 0, or a time from 1ms"});
  Tool tool;
  const Tool::Run run = tool.run(expected.arguments);
  CHECK(run.exitCode == 2);
  CHECK(run.output.empty());
  CHECK(contains(run.errors, expected.words));
  CHECK(contains(run.errors, "--help` tells more"));
}

TEST_CASE("what was not expected and may be a secret is told by its place") {
  const Expected expected = GENERATE(
      Expected{{"hush-4711"}, "word 1 after `wsferry` is not a command"},
      Expected{{"hush-4711", "-o", "x"}, "word 1 after `wsferry` is not a command"},
      Expected{{"profile", "hush-4711"}, "word 2 after `wsferry` is not an action: the only one"},
      Expected{{"help", "hush-4711"}, "word 2 after `wsferry` is not a command"},
      Expected{
          {"pull", "x", "hush-4711"},
          "word 3 after `wsferry` is one too many: pull takes one ADMIN_URL, and -o FILE names"},
      Expected{{"pull", "x", "--hush-4711"},
               "word 3 after `wsferry` is an unknown option of `wsferry pull`"},
      Expected{{"stream", "-khush-4711", "x", "y"},
               "word 2 after `wsferry` is an unknown option of `wsferry stream`"},
      Expected{{"hush-4711", "pull"}, "the command comes first: `wsferry pull`"},
      Expected{{"inspect", "x", "hush-4711"},
               "word 3 after `wsferry` is one too many: inspect takes one ARCHIVE\n"},
      Expected{{"push", "x", "y", "hush-4711"}, "push takes one ARCHIVE and one ADMIN_URL\n"},
      Expected{{"version", "hush-4711"}, "version takes options only\n"},
      Expected{{"pull", "--key-hush-4711"}, "word 2 after `wsferry` is an unknown option of"},
      Expected{{"pull", "--keyhush"}, "between --key and its value"},
      Expected{{"pull", "--tokenhush-4711"}, "between --token and its value"},
      Expected{{"pull", "--unknown=hush-4711"}, "unknown option --unknown"},
      Expected{{"stream", "x", "y", "--keep-alive", "hush-4711"}, "--keep-alive takes ping, "},
      Expected{{"pull", "--max-retries", "hush-4711"}, "--max-retries takes a whole number"});
  Tool tool;
  const Tool::Run run = tool.run(expected.arguments);
  CHECK(run.exitCode == 2);
  CHECK(contains(run.errors, expected.words));
  CHECK_FALSE(contains(run.errors, "hush"));
}

TEST_CASE("arguments in each other's place are told by their names") {
  const std::string url = "http://127.0.0.1:1/admin?hush-4711";
  const Expected expected = GENERATE_COPY(
      Expected{{"push", url, "hush-4711.tar.gz"}, "wsferry push ARCHIVE ADMIN_URL"},
      Expected{{"push", url}, "ARCHIVE is a URL: the archive comes first"},
      Expected{{"push", "x.tar", "hush-4711"}, "ADMIN_URL is not a URL: give the admin"},
      Expected{{"pull", "hush-4711.tar.gz"}, "ADMIN_URL is not a URL: give the admin"},
      Expected{{"copy", "hush-4711", url}, "FROM_URL is not a URL: give the admin"},
      Expected{{"stream", "hush-4711.wav", url, "--template", "t"},
               "it comes first, as in wsferry stream GATEWAY_URL AUDIO"},
      Expected{{"stream", "hush-4711", "x.wav", "--template", "t"}, "GATEWAY_URL is not a URL"},
      Expected{{"verify", url}, "verify reads an archive, and ARCHIVE is a URL"},
      Expected{{"inspect", url}, "inspect reads an archive, and ARCHIVE is a URL"},
      Expected{{"convert", url, "x.tar"}, "convert reads an archive, and ARCHIVE is a URL"},
      Expected{{"serve", url}, "serve reads an archive, and ARCHIVE is a URL"});
  Tool tool;
  const Tool::Run run = tool.run(expected.arguments);
  CHECK(run.exitCode == 2);
  CHECK(contains(run.errors, expected.words));
  CHECK_FALSE(contains(run.errors, "hush"));
}

TEST_CASE("a folder with other things is not advised to replace") {
  const std::string url = "http://127.0.0.1:1/admin";
  Tool tool;
  const std::string folder = tool.folder / "backups";
  std::filesystem::create_directory(folder);
  std::ofstream(folder + "/other.txt") << "other";
  const bool isForced = GENERATE(false, true);
  std::vector<std::string> arguments = {"pull", url,          "--token",  "hush-4711-hush",
                                        "-o",   folder + "/", "--format", "dir"};
  if (isForced) {
    arguments.emplace_back("--force");
  }
  Tool::Run run = tool.run(arguments);
  CHECK(run.exitCode == 6);
  CHECK(contains(run.errors, "holds more than an export"));
  CHECK_FALSE(contains(run.errors, "--force"));

  run = tool.run({"serve", "--sample", "--accept", folder + "/"});
  CHECK(run.exitCode == 6);
  CHECK(contains(run.errors, "holds more than an export"));
  CHECK_FALSE(contains(run.errors, "--force"));
}

TEST_CASE("a name that is not that of what is made is refused") {
  Tool tool;
  CHECK(contains(tool.run({"pull", "http://127.0.0.1:1/admin", "--token", "hush-4711-hush",
                           "--format", "dir", "-o", tool.folder / "x.tar.gz"})
                     .errors,
                 "--format dir makes a folder"));
  CHECK(contains(tool.run({"serve", "--sample", "--accept", tool.folder / "x.zip"}).errors,
                 "--accept takes a file ending in .tar or .tar.gz"));
  CHECK_FALSE(std::filesystem::exists(tool.folder / "x.zip"));
  const std::vector<std::string> pull = {"pull", "http://127.0.0.1:1/admin", "--token",
                                         "hush-4711-hush", "-o"};
  const auto refused = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = pull;
    more.front() = tool.folder / more.front();
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Tool::Run run = tool.run(arguments);
    CHECK(run.exitCode == 2);
    return run.errors;
  };
  CHECK(contains(refused({"y.zip"}), "/y.tar.gz\n"));
  CHECK(contains(refused({"y.tar.xz", "--no-compress"}), "/y.tar\n"));
  CHECK(contains(refused({"y.tar.gz", "--no-compress"}),
                 "/y.tar.gz does not fit the format .tar: call it "));
  CHECK(contains(refused({"y.tgz", "--no-compress"}), "/y.tar\n"));
  CHECK(
      contains(refused({"y.tar.gz.enc", "--no-compress", "--encrypt", "-k", "k"}), "/y.tar.enc\n"));
  CHECK(contains(refused({"y.zip", "--format", "dir"}), "--format dir makes a folder"));
  CHECK(contains(tool.run({"serve", "x.tar", "--sample"}).errors, "give only one of ARCHIVE,"));
}

TEST_CASE("a diff of two servers says which variables are not for it") {
  Tool tool;
  tool.variables = {"STRAPI_TRANSFER_FROM_TOKEN=x", "STRAPI_TRANSFER_TO_TOKEN=y"};
  const Tool::Run run = tool.run({"diff", "http://127.0.0.1:1/admin", "http://127.0.0.1:2/admin"});
  CHECK(run.exitCode == 2);
  CHECK(
      contains(run.errors, "STRAPI_TRANSFER_FROM_TOKEN and STRAPI_TRANSFER_TO_TOKEN are for copy"));
}

TEST_CASE("a copy says that the token of one server is not used for two") {
  Tool tool;
  const std::vector<std::string> copy = {"copy", "http://127.0.0.1:1/admin",
                                         "http://127.0.0.1:2/admin"};
  const Tool::Run run = tool.run(copy);
  CHECK(run.exitCode == 2);
  CHECK(contains(run.errors, "STRAPI_TRANSFER_TOKEN is not used for two servers"));
  tool.variables.clear();
  CHECK_FALSE(contains(tool.run(copy).errors, "is not used for two servers"));
}

TEST_CASE("an empty value is refused before anything is done, and named") {
  const Expected expected = GENERATE(
      Expected{{"pull", "http://127.0.0.1:1/admin", "-o", ""}, "--output needs a value that is"},
      Expected{{"pull", "--proxy=", "http://127.0.0.1:1/admin"}, "--proxy needs a value that is"},
      Expected{{"push", "no-such.tar", ""}, "ADMIN_URL needs a value that is not empty"},
      Expected{{"generate-key", "-"}, "give a file name instead of -"},
      Expected{{"serve", "--sample", "--accept", "-"}, "--accept takes a file"});
  Tool tool;
  // Where one is missing, this would be the server.
  tool.variables.emplace_back("STRAPI_TRANSFER_URL=http://127.0.0.1:1/admin");
  const Tool::Run run = tool.run(expected.arguments);
  CHECK(run.exitCode == 2);
  CHECK(run.output.empty());
  CHECK(contains(run.errors, expected.words));
}

TEST_CASE("a secret given where its file belongs is not repeated") {
  const char* const secret = "s3cret 29a5/phrase";
  const Expected expected = GENERATE_COPY(
      Expected{{"pull", "http://127.0.0.1:1/admin", "--token-file", secret}, "--token-file: No"},
      Expected{{"push", "/dev/null", "http://127.0.0.1:1/admin", "--key-file", secret},
               "--key-file: No"},
      Expected{{"copy", "http://127.0.0.1:1/admin", "http://127.0.0.1:2/admin", "--from-token", "a",
                "--to-token-file", secret},
               "--to-token-file: No"},
      Expected{{"convert", "/dev/null", "y.enc", "--encrypt", "--output-key-file", secret},
               "--output-key-file: No"},
      Expected{{"diff", "/dev/null", "/dev/null", "--second-key-file", secret},
               "--second-key-file: No"},
      Expected{{"stream", "ws://127.0.0.1:1/", "x.wav", "--template", "t", "--bearer-file", secret},
               "--bearer-file: No"},
      Expected{{"stream", "ws://127.0.0.1:1/", "x.wav", "--template", "t", "--configuration",
                std::string("{\"token\":\"") + secret + std::string(300, ' ') + "\"}"},
               "--configuration takes the name"},
      Expected{{"pull", "https://127.0.0.1:1/admin", "--client-cert", WSFERRY_TOOL_PATH,
                "--client-key", std::string("-----BEGIN PRIVATE KEY-----\n") + secret},
               "cannot be used"});
  Tool tool;
  const Tool::Run run = tool.run(expected.arguments);
  INFO(run.errors);
  CHECK(run.exitCode == 2);
  CHECK(contains(run.errors, expected.words));
  CHECK_FALSE(contains(run.output + run.errors, "29a5"));
}

TEST_CASE("a token's file that is not there is named where its name can be no token") {
  Tool tool;
  const std::string file = tool.folder / "token";
  const Tool::Run run = tool.run({"pull", "http://127.0.0.1:1/admin", "--token-file", file});
  CHECK(run.exitCode == 2);
  CHECK(contains(run.errors,
                 "cannot read the token from " + file + ", given to --token-file: No such file"));
}

TEST_CASE("a value behind a flag's short name is told with its place") {
  Tool tool;
  const Tool::Run run = tool.run({"pull", "http://127.0.0.1:1/admin", "-q=false"});
  CHECK(run.exitCode == 2);
  CHECK(contains(run.errors,
                 "word 3 after `wsferry` gives -q a value: only --quiet takes one, as in "
                 "--quiet=false"));
}

TEST_CASE("a file with more than one secret is refused") {
  Tool tool;
  const std::string file = tool.folder / "secret.txt";
  const std::string archive = tool.folder / "x.tar";
  std::ofstream(archive) << "no archive";
  const std::string option = GENERATE("--key-file", "--token-file");
  const auto run = [&](const std::string& path) {
    return option == "--key-file" ? tool.run({"inspect", archive, option, path})
                                  : tool.run({"pull", "http://127.0.0.1:1/admin", option, path});
  };
  const bool isKey = option == "--key-file";
  std::ofstream(file) << "first-secret\nsecond-secret\n";
  const Tool::Run two = run(file);
  CHECK(two.exitCode == 2);
  CHECK(contains(two.errors, file + ", given to " + option + ", has more than one line"));
  CHECK_FALSE(contains(two.errors, "-secret"));
  std::ofstream(file) << "\xEF\xBB\xBF\r\n  first-secret \r\n\n \n";
  CHECK(run(file).exitCode == (isKey ? 5 : 4));
  std::ofstream(file) << "\n \n";
  CHECK(contains(run(file).errors,
                 (isKey ? "no key in " : "no token in ") + file + ", given to " + option));
  const Tool::Run endless = run("/dev/zero");
  CHECK(endless.exitCode == 2);
  CHECK(contains(endless.errors, "/dev/zero, given to " + option + ", has more than 64 KB"));
  const Tool::Run folder = run(tool.folder.path());
  CHECK(folder.exitCode == 2);
  CHECK(contains(folder.errors,
                 "from " + tool.folder.path() + ", given to " + option + ": Is a directory"));
}

TEST_CASE("standard input is read like a file with a secret") {
  Tool tool;
  for (const bool isOne : {true, false}) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const std::string text = isOne ? "testing-token\n" : "testing-token\nother\n";
    REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(ends[1]);
    ChildProcess child =
        tool.start({"pull", "http://127.0.0.1:1/admin", "--token-file", "-"}, ends[0]);
    ::close(ends[0]);
    CHECK(child.wait() == (isOne ? 4 : 2));
    CHECK(contains(child.errors(), "standard input, given to") != isOne);
  }
}

TEST_CASE("nothing is made inside an export") {
  Tool tool;
  const std::string home = tool.folder / "home";
  std::filesystem::create_directories(home + "/schemas");
  std::filesystem::create_directories(home + "/assets/uploads");
  std::ofstream(home + "/metadata.json") << "{}";
  const std::string inside = GENERATE("/sub/", "/x.tar", "/assets/uploads/x.tar.gz");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"convert", home, home + inside},
        std::vector<std::string>{"pull", "http://127.0.0.1:1/admin", "-o", home + inside},
        std::vector<std::string>{"serve", "--sample", "--accept", home + inside}}) {
    const Tool::Run run = tool.run(arguments);
    INFO(run.errors);
    CHECK(run.exitCode == 2);
    CHECK(contains(run.errors, "is inside"));
    CHECK(contains(run.errors, "choose another place"));
  }
  CHECK_FALSE(std::filesystem::exists(home + inside));
}

TEST_CASE("help and the version are there under every name that people try") {
  Tool tool;
  const std::string help = tool.run({"--help"}).output;
  CHECK(contains(help, "usage: wsferry COMMAND"));
  CHECK(tool.run({"help"}).output == help);
  CHECK(tool.run({"-h"}).output == help);
  const std::string pull = tool.run({"pull", "--help"}).output;
  CHECK(contains(pull, "usage: wsferry pull [OPTIONS] [ADMIN_URL]"));
  CHECK(tool.run({"help", "pull"}).output == pull);
  const Tool::Run version = tool.run({"--version"});
  CHECK(version.exitCode == 0);
  CHECK(version.output == "wsferry " WSFERRY_VERSION "\n");
  CHECK(tool.run({"-V"}).output == version.output);
  CHECK(tool.run({"version"}).output == version.output);
}

TEST_CASE("help that nobody gets is no success") {
  const std::string arguments = GENERATE("--help", "help", "pull --help", "--version", "version");
  const TemporaryFolder folder;
  ChildProcess child(
      {"/bin/sh", "-c", "exec \"$0\" " + arguments + " > /dev/full", WSFERRY_TOOL_PATH}, {},
      folder / "errors");
  CHECK(child.wait() == 5);
  CHECK(contains(child.errors(), "standard output could not be written"));
}

TEST_CASE("an answer that nobody gets is told, whatever it was") {
  Tool tool;
  const std::string one = sampleArchive(tool.folder);
  const std::string other = tool.folder / "other.tar";
  REQUIRE(tool.run({"convert", one, other, "--exclude-content-types", "api::tag.tag"}).exitCode ==
          0);
  const std::string damaged = tool.folder / "damaged.tar";
  REQUIRE(tool.run({"convert", one, damaged}).exitCode == 0);
  damageFile(damaged);
  const auto unwritten = [&](const std::string& arguments) {
    ChildProcess child(
        {"/bin/sh", "-c", "exec \"$0\" " + arguments + " > /dev/full", WSFERRY_TOOL_PATH}, {},
        tool.folder / "errors");
    const int exitCode = child.wait();
    INFO(arguments << child.errors());
    CHECK(contains(child.errors(), "standard output could not be written"));
    return exitCode;
  };
  CHECK(unwritten("diff " + one + " " + other) == 5);  // That they differ is not what was told.
  CHECK(unwritten("verify " + damaged) == 5);
  CHECK(unwritten("doctor http://127.0.0.1:9/admin --token x") == 4);
}
