#include "twins/twins.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "twins/makers.hpp"

namespace keel::twins {
namespace {

constexpr std::array table{
    TwinInfo{"p1-any-confirmation",
             "hedged market maker: any confirmation of a cancel makes it idle",
             make_p1_any_confirmation},
    TwinInfo{"p1-only-when-placed",
             "the same with the published fix: only while its order is placed",
             make_p1_only_when_placed},
    TwinInfo{"p2-proactive-sync",
             "futures position bot: a position that a read shows and it does not know is recovered",
             make_p2_proactive_sync},
    TwinInfo{"p2-cooldown",
             "the same with the published fix: for 2 s after a closure it does not read positions",
             make_p2_cooldown},
};

} // namespace

std::span<const TwinInfo> all_twins() { return table; }

std::shared_ptr<const explore::SubjectKind> twin_named(std::string_view name) {
    const auto found = std::ranges::find(table, name, &TwinInfo::name);
    if (found == table.end()) return nullptr;
    return std::make_shared<const explore::SubjectKind>(
        explore::SubjectKind{std::string{found->name}, found->make});
}

} // namespace keel::twins
