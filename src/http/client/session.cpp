#include "http/client/session.hpp"

#include <asio/error.hpp>
#include <asio/ip/address.hpp>
#include <asio/post.hpp>
#include <chrono>
#include <iterator>
#include <utility>
#include <vector>

#include "http/client/transfer.hpp"
#include "wsferry/core/detail/request/proxy_address.hpp"

namespace wsferry::http {
namespace {

constexpr std::chrono::seconds nameLifetime{60};

std::string asLiteral(const asio::ip::address& address) {
  return address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
}

}  // namespace

Session::Session(asio::any_io_executor executor, ClientOptions options)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      multi_(std::make_shared<CurlMulti>(executor_, options_.connectionsPerHost)) {
  if (!options_.proxy.empty()) {
    ProxyAddress::parse(options_.proxy);
  }
}

void Session::resolve(const std::string& host, std::uint16_t port, Resolved done) {
  asio::error_code notNumeric;
  asio::ip::make_address(host, notNumeric);
  const std::string key = host + ":" + std::to_string(port);
  const auto known = names_.find(key);
  const bool isKnown = known != names_.end() && Clock::now() < known->second.until;
  if (!notNumeric || isKnown) {
    asio::post(executor_, [done = std::move(done),
                           addresses = isKnown ? known->second.addresses : std::string()] {
      done({}, addresses);
    });
    return;
  }
  const auto resolver = std::make_shared<asio::ip::tcp::resolver>(executor_);
  resolver->async_resolve(
      host, std::to_string(port),
      [self = shared_from_this(), resolver, key, done = std::move(done)](
          const asio::error_code& error, const asio::ip::tcp::resolver::results_type& results) {
        std::string addresses;
        for (const auto& result : results) {
          addresses += (addresses.empty() ? "" : ",") + asLiteral(result.endpoint().address());
        }
        for (auto i = self->names_.begin(); i != self->names_.end();) {
          i = i->second.until < Clock::now() ? self->names_.erase(i) : std::next(i);
        }
        if (!error && !addresses.empty()) {
          self->names_[key] = {addresses, Clock::now() + nameLifetime};
        }
        done(error, addresses);
      });
}

void Session::add(const std::shared_ptr<Transfer>& transfer) {
  transfers_.emplace(transfer.get(), transfer);
}

void Session::remove(const Transfer* transfer) {
  transfers_.erase(transfer);
}

void Session::end() {
  hasEnded_ = true;
  const auto ending = std::move(transfers_);
  transfers_.clear();
  for (const auto& [key, transfer] : ending) {
    if (const auto held = transfer.lock()) {
      try {
        held->giveUp();
      } catch (const std::bad_alloc&) {
        // It has stopped; its calls are not completed, as without memory they cannot be.
      }
    }
  }
}

}  // namespace wsferry::http
