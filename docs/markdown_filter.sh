# What Doxygen reads of a Markdown file: GitHub's anchors, which older versions do not make. As labels
# are global there, each begins with the name of its file; links follow. A link out of the reference
# becomes its text. Fenced code stays as it is.
page=$(basename "$1" .md)
sed -E '
  /^```/,/^```/b
  /^#+ /{
    h
    s/^#+ //
    s/[^A-Za-z0-9 _-]//g
    s/ /-/g
    s/.*/{#'"$page"'-\L&}/
    x
    G
    s/\n/ /
  }
  s/\]\(#([^)]*)\)/](#'"$page"'-\1)/g
  s/\]\(([a-z]+\/)?([a-z]+)\.md#([^)]*)\)/](#\2-\3)/g
  s/\[([^]]*)\]\((\.\.\/|examples\/|bench\/|tests\/|LICENSE|CHANGELOG|CONTRIBUTING|SECURITY)[^)]*\)/\1/g
' "$1"
