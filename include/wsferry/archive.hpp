#pragma once

// All public headers of wsferry::archive: export archives.
#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/archive/archive_format.hpp"
#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/archive/archive_reader.hpp"
#include "wsferry/archive/archive_source.hpp"
#include "wsferry/archive/content_comparison.hpp"
#include "wsferry/archive/earlier_archive.hpp"
#include "wsferry/archive/noted_losses.hpp"
