#pragma once

// RapidJSON in a namespace of our own, for the library's sources: its inline functions are weak
// symbols of our libraries, and a program that uses the same headers with other settings would
// share them with us.
#ifdef RAPIDJSON_RAPIDJSON_H_
#error "include core/json/rapidjson.hpp before RapidJSON's own headers"
#endif
#define RAPIDJSON_NAMESPACE rapidjson::wsferry_private
#define RAPIDJSON_NAMESPACE_BEGIN \
  namespace rapidjson {           \
  inline namespace wsferry_private {
#define RAPIDJSON_NAMESPACE_END \
  }                             \
  }

#include <rapidjson/document.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
