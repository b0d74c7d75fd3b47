#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "archive/chain/gzip_compressor.hpp"

namespace support {

inline std::string padded(std::string bytes) {
  bytes.resize((bytes.size() + 511) / 512 * 512, '\0');
  return bytes;
}

/// One tar entry made by hand: independent of the library that reads it.
inline std::string tarEntry(const std::string& name, const std::string& bytes, char type = '0',
                            bool isOld = false) {
  std::string header(512, '\0');
  const auto put = [&header](std::size_t offset, const std::string& text) {
    header.replace(offset, text.size(), text);
  };
  char size[12];
  std::snprintf(size, sizeof size, "%011zo", bytes.size());
  put(0, name.substr(0, 100));
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, size);
  put(136, "00000000000");
  put(148, "        ");
  header[156] = type;
  if (!isOld) {
    put(257, std::string("ustar\0"
                         "00",
                         8));
  }
  unsigned sum = 0;
  for (const char byte : header) {
    sum += static_cast<unsigned char>(byte);
  }
  char checksum[8];
  std::snprintf(checksum, sizeof checksum, "%06o", sum);
  put(148, checksum);
  header[154] = '\0';
  return header + padded(bytes);
}

inline std::string paxRecord(const std::string& key, const std::string& value) {
  const std::string rest = " " + key + "=" + value + "\n";
  std::size_t size = rest.size();
  while (std::to_string(size).size() + rest.size() != size) {
    size = std::to_string(size).size() + rest.size();
  }
  return std::to_string(size) + rest;
}

inline const std::string endOfTar(1024, '\0');

inline std::string gzipped(std::string_view bytes) {
  class Collector final : public wsferry::archive::ByteSink {
   public:
    void write(std::string_view piece) override { collected.append(piece); }
    void finish() override {}
    std::string collected;
  } collector;
  wsferry::archive::GzipCompressor compressor;
  compressor.compress(bytes, collector);
  compressor.finish({}, collector);
  return collector.collected;
}

}  // namespace support
