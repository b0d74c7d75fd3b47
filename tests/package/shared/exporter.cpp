#include <iostream>

#include "wsferry/archive/archive_reader.hpp"
#include "wsferry/core/error.hpp"

extern "C" __attribute__((visibility("default"))) int exporterSeesTheError() {
  try {
    const wsferry::archive::ArchiveReader reader("no-such-archive.tar");
  } catch (const wsferry::Error& error) {
    std::cout << error.what() << '\n';
    return error.code() == wsferry::Errc::fileFailed &&
           error.code() == wsferry::ErrorCondition::data;
  }
  return 0;
}
