// A sample of what the grammar offers.
#include <string>
#include <vector>

using std::string;

namespace outer {
namespace inner {

constexpr int kLimit = 10;

enum class Color { Red, Green };

/// A shape.
template <typename T, int N = 3>
class Shape : public Base<T> {
 public:
  explicit Shape(string name)
      : Base<T>(name),
        name_(std::move(name)) {
    sides_.reserve(N);
    count_ = 0;
    ++instances;
  }
  virtual ~Shape() = default;

  // Adds up.
  [[nodiscard]] int Add(const std::vector<int>& items) const override {
    if (items.empty()) {
      throw std::invalid_argument(
          "nothing to add");
    }
    int total = 0;
    for (const auto& item : items) {
      // about the condition
      if (item > kLimit) {
        total += kLimit;
        continue;
      } else if (item < 0) {
        total -= item;
        break;
      } else {
        total += item;
      }
    }
    try {
      total = Risk(total);
      total++;
    } catch (const std::exception& error) {
      Log(error.what());
      throw;
    } catch (...) {
      total = 0;
    }
    auto doubled = [&](int x) {
      int y = x + total;
      int z = y;
      return z;
    };
    return doubled(total);
  }

  bool operator==(const Shape& other) const {
    bool same = name_ == other.name_;
    same = same && count_ == other.count_;
    return same;
  }

  operator bool() const { return count_ > 0; }

 private:
  struct Node {
    int depth;
    Node* next;

    int Depth() const {
      int found = depth;
      found += next ? 1 : 0;
      return found;
    }
  };

  string name_;
  std::vector<T> sides_;
#ifdef DEBUG
  int debug_ = 0;
  int more_ = 1;
#endif
  friend class Other;
};

template <typename T, int N>
int Shape<T, N>::Risk(int total) {
  switch (total) {
    case 1:
    case 2:
      total++;
      [[fallthrough]];
    default: {
      total--;
      break;
    }
  }
  do {
    total++;
    Log("é");
  } while (total < 10);
  return total;
}

}  // namespace inner

static const char* kText = R"(
  not code {
)";

namespace {

int* Pointer(int value) {
  static int kept;
  kept = value;
  return &kept;
}

}  // namespace

Other::~Other() {
  Log("gone");
  Log("for good");
  Log("really");
}

}  // namespace outer

extern "C" {

int plain(int value) {
  int other = value;
  other++;
  return other;
}

}
