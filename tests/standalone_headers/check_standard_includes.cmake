# Fails when a header below INCLUDE uses a name of the standard library without the standard header that
# has it, or has a standard header of which it uses nothing: what another header happens to include may
# go with its next change. Names that several headers have are left out.
#
#   cmake -D INCLUDE=<repository>/include -P check_standard_includes.cmake

# names(HEADER NAMES...): as regular expressions, after std::
set(known "")
macro(names header)
  list(APPEND known ${header})
  string(REPLACE ";" "|" expression "${ARGN}")
  set(names_${header} "std::(${expression})[^A-Za-z0-9_]")
endmacro()

names(algorithm all_of any_of none_of find find_if find_if_not find_first_of find_end count count_if
      copy copy_if copy_n copy_backward move_backward equal search mismatch fill fill_n transform replace
      replace_if remove_if remove_copy_if reverse rotate sort stable_sort unique lower_bound upper_bound
      equal_range binary_search min max minmax min_element max_element clamp includes set_difference
      set_intersection set_union for_each for_each_n generate partition stable_partition partition_point
      lexicographical_compare is_sorted is_permutation merge nth_element partial_sort adjacent_find
      push_heap pop_heap make_heap)
names(array array)
names(atomic "atomic[a-z_]*" memory_order "memory_order_[a-z_]+")
names(charconv from_chars to_chars chars_format)
names(chrono chrono)
names(cmath llround lround round floor ceil trunc isfinite isnan isinf pow log2 log10 sqrt fmod)
names(condition_variable condition_variable cv_status)
names(cstddef size_t ptrdiff_t nullptr_t byte max_align_t)
names(cstdint "u?int[0-9]+_t" "u?intmax_t" "u?intptr_t")
names(cstdlib getenv abort malloc free strtod strtol)
names(cstring memcpy memmove memchr memcmp memset strlen strcmp strchr)
names(deque deque)
names(exception exception exception_ptr current_exception rethrow_exception make_exception_ptr
      uncaught_exceptions terminate)
names(filesystem filesystem)
names(functional function less greater equal_to plus minus hash ref cref bind not_fn invoke
      reference_wrapper)
names(future future promise packaged_task shared_future)
names(initializer_list initializer_list)
names(iterator back_inserter inserter next prev distance advance make_move_iterator iterator_traits
      "[io]stream_iterator" "[io]streambuf_iterator" reverse_iterator make_reverse_iterator random_access_iterator_tag
      forward_iterator_tag input_iterator_tag)
names(limits numeric_limits)
names(list list)
names(locale locale)
names(map map multimap)
names(memory unique_ptr shared_ptr weak_ptr make_unique make_shared enable_shared_from_this addressof
      static_pointer_cast allocator allocator_traits)
names(mutex mutex lock_guard unique_lock scoped_lock recursive_mutex once_flag call_once)
names(new bad_alloc nothrow launder align_val_t)
names(numeric accumulate iota gcd lcm inner_product)
names(optional optional nullopt make_optional bad_optional_access)
names(random mt19937 mt19937_64 random_device "uniform_[a-z_]+_distribution")
names(set set multiset)
names(sstream "[io]?stringstream")
names(stdexcept runtime_error logic_error invalid_argument out_of_range length_error)
names(string string u16string u32string to_string stoi stol stoul stoull char_traits)
names(string_view string_view)
names(system_error error_code error_category error_condition errc system_error generic_category
      system_category is_error_code_enum)
names(thread thread this_thread)
names(tuple tuple tie make_tuple forward_as_tuple ignore tuple_size)
names(type_traits "is_[a-z_]+" "remove_cv[a-z_]*" "remove_reference[a-z_]*" "add_[a-z_]+" decay decay_t enable_if enable_if_t
      conditional conditional_t void_t invoke_result invoke_result_t underlying_type underlying_type_t
      true_type false_type integral_constant make_signed_t make_unsigned_t common_type_t)
names(unordered_map unordered_map)
names(unordered_set unordered_set)
names(utility move forward exchange pair make_pair swap in_place as_const declval index_sequence
      make_index_sequence piecewise_construct)
names(variant variant visit monostate holds_alternative get_if in_place_type)
names(vector vector)

# What counts as a use of a header that is there, and does not ask for one.
set(also_cmath "std::abs")
set(also_iterator "std::(begin|end|size|data)")
set(also_new "::new ")
set(also_type_traits "namespace std {")  # A specialization, which inherits from true_type.

file(GLOB_RECURSE headers RELATIVE ${INCLUDE} ${INCLUDE}/wsferry/*.hpp)
list(LENGTH headers count)
if(count EQUAL 0)
  message(FATAL_ERROR "no header found in ${INCLUDE}")
endif()
set(wrong "")
foreach(header IN LISTS headers)
  file(READ ${INCLUDE}/${header} text)
  string(REPLACE "://" "" text "${text}")
  string(REGEX REPLACE "//[^\n]*" "" text "${text}")
  foreach(standard IN LISTS known)
    set(is_included FALSE)
    if(text MATCHES "#include <${standard}>")
      set(is_included TRUE)
    endif()
    if(text MATCHES "${names_${standard}}")
      if(NOT is_included)
        string(APPEND wrong "${header} lacks <${standard}>, for std::${CMAKE_MATCH_1}\n")
      endif()
    elseif(is_included AND NOT (DEFINED also_${standard} AND text MATCHES "${also_${standard}}"))
      string(APPEND wrong "${header} has <${standard}>, and uses nothing of it\n")
    endif()
  endforeach()
endforeach()
if(wrong)
  message(FATAL_ERROR "standard headers:\n${wrong}")
endif()
message(STATUS "${count} headers include what they use of the standard library")
