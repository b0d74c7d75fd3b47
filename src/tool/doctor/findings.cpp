#include "tool/doctor/findings.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <iostream>
#include <utility>

#include "tool/report/failure_report.hpp"
#include "tool/terminal/printable_text.hpp"

namespace wsferry::tool {

namespace {

constexpr std::size_t checkColumns = 9;

const char* stateName(FindingState state) {
  switch (state) {
    case FindingState::pass:
      return "pass";
    case FindingState::warn:
      return "warn";
    case FindingState::fail:
      return "fail";
    case FindingState::skip:
      break;
  }
  return "skip";
}

template <class Write>
std::string jsonOf(Write write) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  write(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string jsonOf(const std::vector<std::string>& texts) {
  return jsonOf([&texts](auto& writer) {
    writer.StartArray();
    for (const std::string& text : texts) {
      const std::string valid = validUtf8(text);
      writer.String(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
    }
    writer.EndArray();
  });
}

}  // namespace

Finding& Finding::with(std::string name, const std::string& value) {
  const std::string list = jsonOf(std::vector<std::string>{value});
  values.emplace_back(std::move(name), list.substr(1, list.size() - 2));
  return *this;
}

Finding& Finding::with(std::string name, const std::vector<std::string>& value) {
  values.emplace_back(std::move(name), jsonOf(value));
  return *this;
}

Finding& Finding::with(std::string name, std::uint64_t value) {
  values.emplace_back(std::move(name), std::to_string(value));
  return *this;
}

Finding& Finding::with(std::string name, std::int64_t value) {
  values.emplace_back(std::move(name), std::to_string(value));
  return *this;
}

Finding& Finding::with(std::string name, double value) {
  values.emplace_back(std::move(name), jsonOf([value](auto& writer) { writer.Double(value); }));
  return *this;
}

Finding& Finding::with(std::string name, bool value) {
  values.emplace_back(std::move(name), value ? "true" : "false");
  return *this;
}

Finding failed(std::string check, const std::exception& failure, std::string_view adminUrl) {
  const FailureReport report = reportFailure(failure, adminUrl);
  Finding finding;
  finding.check = std::move(check);
  finding.state = FindingState::fail;
  finding.text = printable(report.message);
  finding.remedy = printable(report.remedy);
  finding.error = report.error;
  finding.exitCode = report.exitCode;
  if (report.httpStatus != 0) {
    finding.with("httpStatus", static_cast<std::uint64_t>(report.httpStatus));
    finding.with("httpBody", report.httpBody);
  }
  return finding;
}

Finding failed(std::string check, std::error_code error, std::string text, std::string remedy) {
  return {std::move(check),
          FindingState::fail,
          std::move(text),
          std::move(remedy),
          std::string(errorName(error)),
          exitCodeFor(error),
          {}};
}

Findings Findings::onStandardOutput(bool json) {
  Findings findings(json ? std::function<void(const Finding&)>() : [](const Finding& finding) {
    std::cout << findingText(finding) << std::flush;
  });
  findings.isJson_ = json;
  return findings;
}

ExitCode Findings::conclude(const char* name, const std::string& examined) const {
  if (isJson_) {
    JsonLine line;
    line.text("event", "result");
    line.text(name, examined);
    write(line);
    line.finish(std::cout);
  }
  return exitCode();
}

void Findings::add(Finding finding) {
  if (show_) {
    show_(finding);
  }
  findings_.push_back(std::move(finding));
}

void Findings::skip(std::initializer_list<const char*> checks, const std::string& why) {
  for (const char* check : checks) {
    add(skipped(check, why));
  }
}

ExitCode Findings::exitCode() const {
  const auto first = std::find_if(findings_.begin(), findings_.end(), [](const Finding& finding) {
    return finding.state == FindingState::fail;
  });
  return first == findings_.end() ? ExitCode::done : first->exitCode;
}

void Findings::write(JsonLine& line) const {
  line.flag("ok", exitCode() == ExitCode::done);
  line.number("exitCode", static_cast<std::uint64_t>(exitCode()));
  line.beginArray("checks");
  for (const Finding& finding : findings_) {
    line.beginElement();
    line.text("check", finding.check);
    line.text("state", stateName(finding.state));
    line.text("message", finding.text);
    if (!finding.remedy.empty()) {
      line.text("remedy", finding.remedy);
    }
    if (!finding.error.empty()) {
      line.text("error", finding.error);
    }
    for (const auto& [name, value] : finding.values) {
      line.json(name, value);
    }
    line.endObject();
  }
  line.endArray();
}

std::string findingText(const Finding& finding) {
  std::string check = finding.check;
  check.resize(std::max(check.size(), checkColumns), ' ');
  const std::string margin(4 + 2 + checkColumns + 1, ' ');
  std::string text =
      std::string(stateName(finding.state)) + "  " + check + " " + printable(finding.text) + "\n";
  if (!finding.remedy.empty()) {
    text += margin + printable(finding.remedy) + "\n";
  }
  return text;
}

}  // namespace wsferry::tool
