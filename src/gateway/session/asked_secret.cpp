#include "gateway/session/asked_secret.hpp"

#include <utility>

#include "wsferry/core/detail/error/thrown.hpp"
#include "wsferry/gateway/token_provider.hpp"

namespace wsferry::gateway {

void AskedSecret::ask(Take take) {
  take_ = std::move(take);
  thrown_ = nullptr;
  ++asked_;
  if (!ask_ && !credentials_.isProvided()) {
    give({}, {}, credentials_.secret);
    return;
  }
  timer_.expires_after(limit_);
  timer_.async_wait([weak = weak_from_this(), asked = asked_](const asio::error_code& error) {
    const auto self = weak.lock();
    if (!error && self && self->asked_ == asked) {
      ErrorInfo info;
      info.message = self->providerName() + " gave no " + self->what_ + " within " +
                     std::to_string(self->limit_.count()) +
                     " ms. Check what it waits for, or raise connectTimeout.";
      self->give(Errc::connectTimedOut, std::move(info), {});
    }
  });
  try {
    askProvider();
  } catch (...) {
    thrown_ = std::current_exception();
    ErrorInfo info;  // Without its own words, which may hold a secret that is not known here.
    info.message = providerName() + " threw an exception. No connection was made.";
    give(exceptionCode(thrown_), std::move(info), {});
  }
}

void AskedSecret::cancel() {
  timer_.cancel();
  secretWait_.end();
  asking_.reset();
  ++asked_;
  take_ = nullptr;
}

bool AskedSecret::drop() {
  if (!credentials_.tokenProvider || token_.empty()) {
    return false;
  }
  credentials_.tokenProvider->dropToken(token_);
  return true;
}

std::string AskedSecret::providerName() const {
  if (ask_) {
    return provider_;
  }
  return credentials_.tokenProvider ? "The tokenProvider" : "The secretProvider";
}

void AskedSecret::askProvider() {
  if (ask_ || credentials_.tokenProvider) {
    Answer answer = secretWait_.begin<std::error_code, ErrorInfo, std::string>(
        weak_from_this(), [asked = asked_](AskedSecret& self, const std::error_code& error,
                                           ErrorInfo info, const std::string& token) {
          if (self.asked_ == asked) {
            self.token_ = token;
            self.onSecret(error, std::move(info), token);
          }
        });
    if (ask_) {
      asking_ = ask_(std::move(answer));
    } else {
      credentials_.tokenProvider->provideToken(std::move(answer));
    }
  } else {
    credentials_.secretProvider(secretWait_.begin<std::error_code, std::string>(
        weak_from_this(), [asked = asked_](AskedSecret& self, const std::error_code& error,
                                           const std::string& secret) {
          if (self.asked_ == asked) {
            self.onSecret(error, {}, secret);
          }
        }));
  }
}

void AskedSecret::onSecret(const std::error_code& error, ErrorInfo info,
                           const std::string& secret) {
  if (!error && !secret.empty()) {
    give({}, {}, secret);
    return;
  }
  if (info.message.empty()) {
    info.message =
        providerName() +
        (error ? " gave no " + what_ + ": " + error.message() : " gave an empty " + what_) +
        ". No connection was made.";
  }
  give(error ? error : make_error_code(Errc::invalidOption), std::move(info), {});
}

void AskedSecret::give(const std::error_code& error, ErrorInfo info, const std::string& secret) {
  const Take take = std::exchange(take_, nullptr);
  cancel();
  if (take) {
    take(error, std::move(info), secret);
  }
}

}  // namespace wsferry::gateway
