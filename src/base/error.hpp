#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace keel {

// What a venue, a disk or a user did wrong, as a value. The text says who, what and the numbers,
// then the next step for whoever reads it; each caller may add its own view in front.
class Error {
public:
    explicit Error(std::string text) : text_(std::move(text)) {}

    // "reading examples/x.toml: line 3: ..." (outermost first)
    [[nodiscard]] Error while_doing(std::string_view what) const {
        return Error{std::string{what} + ": " + text_};
    }
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string text_;
};

template <class T> using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string text) {
    return std::unexpected(Error{std::move(text)});
}

} // namespace keel
