#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "http/files/cancellation.hpp"
#include "http/files/file_list.hpp"
#include "wsferry/http/detail/files/file_address.hpp"
#include "wsferry/http/detail/files/first_names.hpp"
#include "wsferry/http/file_source.hpp"

namespace wsferry::http {

/// Has some files over the socket and by HTTP as well, and what earlier transfers keep of them, and
/// compares their bytes. What neither gives is not compared.
class FileComparison {
 public:
  /// Both outlive it.
  FileComparison(const FileSourceOptions& options, const FileAddresses& addresses)
      : options_(options), addresses_(addresses) {}

  /// @throws Error as a source and the fetcher, and with Errc::cancelled.
  void run(FileList& files);

  /// Names that are as likely as the others: those of one seed are always the same ones.
  const std::set<std::string, std::less<>>& chosen() const { return chosen_; }
  const std::set<std::string>& compared() const { return compared_; }
  std::uint64_t differing() const { return differing_.size(); }  ///< In either way.
  const FirstNames& differingByHttp() const { return byHttp_; }
  const FirstNames& differingReused() const { return reused_; }

  /// Makes run() fail with Errc::cancelled. From any thread.
  void cancel() noexcept { cancellation_.cancel(); }

  /// Why the socket ended before all of them had come; empty if it did not.
  const std::string& brokenOff() const { return brokenOff_; }

  /// SHA-256 by name.
  using Digests = std::map<std::string, std::string, std::less<>>;

 private:
  void choose(FileList& files);
  Digests bySocket();
  void compareByHttp(FileList& files, const Digests& digests);
  void compareReused(FileList& files, const Digests& digests);
  void compare(const std::string& name, const std::string& digest, const Digests& digests,
               FirstNames& differing);

  const FileSourceOptions& options_;
  const FileAddresses& addresses_;
  std::set<std::string, std::less<>> chosen_;
  std::set<std::string> compared_;
  std::set<std::string> differing_;
  FirstNames byHttp_;
  FirstNames reused_;
  std::string brokenOff_;
  Cancellation cancellation_;
};

}  // namespace wsferry::http
