#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/output_file.hpp"
#include "base/error.hpp"

namespace keel::app {

// A file that the command line or the config names, and as what: "--json", "CONFIG".
struct NamedFile {
    std::string role;
    std::string path;
};

// The files a run writes. open() looks at all of them before it touches any: one that cannot be
// written, that another one is too, or that the run reads, is refused with nothing changed.
class OutputFiles {
public:
    struct Paths {
        std::string json; // each empty: none
        std::string record;
        std::string hashes;
    };
    [[nodiscard]] static Result<OutputFiles> open(const Paths& paths,
                                                  const std::vector<NamedFile>& inputs);

    std::optional<WholeFile> json;
    std::optional<GrowingFile> record;
    std::optional<GrowingFile> hashes;
};

} // namespace keel::app
