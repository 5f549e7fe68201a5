#include "app/output_files.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace keel::app {
namespace {

struct Planned {
    std::string role;
    std::optional<FilePlace> place;
};

Result<void> plan(Planned& out, const std::string& path) {
    if (path.empty()) return {};
    Result<FilePlace> place = look_at(path);
    if (!place) return std::unexpected(place.error().while_doing(out.role));
    out.place = std::move(*place);
    return {};
}

std::unexpected<Error> refuse(const Planned& output, std::string_view what) {
    return fail(fmt::format("{}: {}: would overwrite {}. Give another file", output.role,
                            output.place->path, what));
}

template <class File> Result<void> open_one(std::optional<File>& file, const Planned& planned) {
    if (!planned.place) return {};
    Result<File> opened = File::open(*planned.place);
    if (!opened) return std::unexpected(opened.error().while_doing(planned.role));
    file.emplace(std::move(*opened));
    return {};
}

} // namespace

Result<OutputFiles> OutputFiles::open(const Paths& paths, const std::vector<NamedFile>& inputs) {
    std::array<Planned, 3> all{{{"--json", {}}, {"--record", {}}, {"--hashes", {}}}};
    auto& [json, record, hashes] = all;
    if (auto ok = plan(json, paths.json); !ok) return std::unexpected(ok.error());
    if (auto ok = plan(record, paths.record); !ok) return std::unexpected(ok.error());
    if (auto ok = plan(hashes, paths.hashes); !ok) return std::unexpected(ok.error());

    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!all[i].place) continue;
        for (const NamedFile& input : inputs) {
            const Result<FilePlace> read = look_at(input.path);
            if (read && is_same_file(*all[i].place, *read)) return refuse(all[i], input.role);
        }
        for (std::size_t j = 0; j < i; ++j) {
            if (all[j].place && is_same_file(*all[i].place, *all[j].place)) {
                return refuse(all[i], "what " + all[j].role + " writes");
            }
        }
    }

    OutputFiles out;
    if (auto ok = open_one(out.json, json); !ok) return std::unexpected(ok.error());
    if (auto ok = open_one(out.record, record); !ok) return std::unexpected(ok.error());
    if (auto ok = open_one(out.hashes, hashes); !ok) return std::unexpected(ok.error());
    return out;
}

} // namespace keel::app
