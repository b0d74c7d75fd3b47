# Fails when a comment cites a section that its protocol description does not have, or when none cites
# one. Comments say "protocol section 6.4", "protocol's section 16", "protocol sections 2, 4 and 6" or
# "the protocol (section 4)". They mean docs/protocol/stream-gateway.md in files whose path below
# the root has "gateway" in it, and docs/protocol/strapi-transfer.md in all others, unless the words
# before name the description: "stream-gateway protocol section 13".
#
#   cmake -D ROOT=<repository> -P check_protocol_sections.cmake
set(number "[0-9]+(\\.[0-9]+)*")
set(citation
    "((stream-gateway|strapi-transfer) )?[Pp]rotocol('s)? \\(?sections? ${number}((,| and| to) ${number})*")

# The numbers of its headings: " 1 2 2.1 ".
function(read_headings document)
  file(STRINGS ${ROOT}/docs/protocol/${document}.md headings REGEX "^##+ [0-9]")
  set(numbers " ")
  foreach(heading IN LISTS headings)
    string(REGEX MATCH "${number}" found "${heading}")
    string(APPEND numbers "${found} ")
  endforeach()
  set(sections_${document} "${numbers}" PARENT_SCOPE)
endfunction()
read_headings(stream-gateway)
read_headings(strapi-transfer)

set(sources "")
foreach(folder IN ITEMS include src tests bench examples)
  file(GLOB_RECURSE found RELATIVE ${ROOT}
       ${ROOT}/${folder}/*.hpp ${ROOT}/${folder}/*.cpp ${ROOT}/${folder}/*.ipp)
  list(APPEND sources ${found})
endforeach()

set(wrong "")
set(count 0)
foreach(source IN LISTS sources)
  file(READ ${ROOT}/${source} text)
  if(NOT text MATCHES "[Ss]ection")
    continue()
  endif()
  # A comment goes on in the next line.
  string(REGEX REPLACE "[ \t]*\n[ \t]*(//+[!<]*|\\*)?[ \t]*" " " text "${text}")
  string(REGEX MATCHALL "${citation}" citations "${text}")
  foreach(cited IN LISTS citations)
    if(cited MATCHES "^(stream-gateway|strapi-transfer)")
      set(document ${CMAKE_MATCH_1})
    elseif(source MATCHES "gateway")
      set(document stream-gateway)
    else()
      set(document strapi-transfer)
    endif()
    string(REGEX MATCHALL "${number}" numbers "${cited}")
    foreach(section IN LISTS numbers)
      math(EXPR count "${count} + 1")
      string(FIND "${sections_${document}}" " ${section} " place)
      if(place EQUAL -1)
        string(APPEND wrong "${source}: ${document}.md has no section ${section} (\"${cited}\")\n")
      endif()
    endforeach()
  endforeach()
  # What is left must be sections of an RFC: a citation in other words would not be looked at.
  string(REGEX REPLACE "${citation}" "" rest "${text}")
  string(REGEX REPLACE "RFC [0-9]+,? sections? [0-9.]+" "" rest "${rest}")
  if(rest MATCHES "[A-Za-z']* [A-Za-z(]*[Ss]ections? ${number}")
    string(APPEND wrong "${source}: say whose section is meant: \"${CMAKE_MATCH_0}\"\n")
  endif()
endforeach()

if(wrong)
  message(FATAL_ERROR "citations that lead nowhere:\n${wrong}")
endif()
if(count EQUAL 0)
  message(FATAL_ERROR "no citation of a protocol section found below ${ROOT}")
endif()
message(STATUS "${count} citations lead to a section")
