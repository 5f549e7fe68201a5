#pragma once

#include <cstdio>
#include <string_view>

namespace keel::app {

// Where a command writes: results to `out` and nothing else there, everything said along the way to
// `err`. Tests bring their own files.
struct Console {
    std::FILE* out = nullptr;
    std::FILE* err = nullptr;
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    bool colour = false; // for `out`; NO_COLOR is respected

    static Console of_process();

    void say(std::string_view text) const { put(err, text); }
    void result(std::string_view text) const { put(out, text); }
    // Whether everything so far has left for its reader. Once it is false it stays so.
    [[nodiscard]] bool has_told_results() const { return std::ferror(out) == 0; }

private:
    static void put(std::FILE* to, std::string_view text) {
        std::fwrite(text.data(), 1, text.size(), to);
        std::fflush(to);
    }
};

} // namespace keel::app
