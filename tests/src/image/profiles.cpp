#include "profiles.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include <lcms2.h>

namespace strata::image {
namespace {

using Matrix = std::array<std::array<double, 3>, 3>;
using Vector = std::array<double, 3>;

Bytes saved(cmsHPROFILE profile) {
  cmsUInt32Number size = 0;
  cmsSaveProfileToMem(profile, nullptr, &size);
  Bytes bytes(size);
  cmsSaveProfileToMem(profile, bytes.data(), &size);
  cmsCloseProfile(profile);
  return bytes;
}

double determinant(const Matrix& m) {
  double sum = 0.0;
  for (size_t i = 0; i < 3; ++i) {
    const size_t j = (i + 1) % 3, k = (i + 2) % 3;
    sum += m[0][i] * (m[1][j] * m[2][k] - m[1][k] * m[2][j]);
  }
  return sum;
}

/// x with m x = b, by Cramer's rule.
Vector solve(const Matrix& m, const Vector& b) {
  Vector x{};
  for (size_t column = 0; column < 3; ++column) {
    Matrix replaced = m;
    for (size_t row = 0; row < 3; ++row) replaced[row][column] = b[row];
    x[column] = determinant(replaced) / determinant(m);
  }
  return x;
}

Vector product(const Matrix& m, const Vector& x) {
  Vector y{};
  for (size_t i = 0; i < 3; ++i) {
    for (size_t j = 0; j < 3; ++j) y[i] += m[i][j] * x[j];
  }
  return y;
}

/// CIE XYZ of linear RGB, of which (1, 1, 1) is D65 with Y = 1.
Matrix xyz_of(const Primaries& primaries) {
  Matrix m{};
  for (size_t c = 0; c < 3; ++c) {
    const auto [x, y] = primaries[c];
    m[0][c] = x / y;
    m[1][c] = 1.0;
    m[2][c] = (1.0 - x - y) / y;
  }
  constexpr double kX = 0.3127, kY = 0.3290;
  const Vector scale = solve(m, {kX / kY, 1.0, (1.0 - kX - kY) / kY});
  for (auto& row : m) {
    for (size_t c = 0; c < 3; ++c) row[c] *= scale[c];
  }
  return m;
}

cmsInt32Number lightness_of_inks(const cmsUInt16Number in[], cmsUInt16Number out[], void*) {
  const auto ink = [&](int i) { return in[i] / 65535.0; };
  const cmsCIELab lab = {100.0 * (1.0 - ink(3)) * (1.0 - (ink(0) + ink(1) + ink(2)) / 3.0), 0, 0};
  cmsFloat2LabEncoded(out, &lab);
  return 1;
}

}  // namespace

Bytes rgb_profile(const Primaries& primaries, double gamma) {
  const cmsCIExyY white = {0.3127, 0.3290, 1.0};
  const cmsCIExyYTRIPLE triple = {{primaries[0][0], primaries[0][1], 1.0},
                                  {primaries[1][0], primaries[1][1], 1.0},
                                  {primaries[2][0], primaries[2][1], 1.0}};
  cmsToneCurve* const curve = cmsBuildGamma(nullptr, gamma);
  cmsToneCurve* curves[] = {curve, curve, curve};
  const cmsHPROFILE profile = cmsCreateRGBProfile(&white, &triple, curves);
  cmsFreeToneCurve(curve);
  return saved(profile);
}

Bytes grey_profile(double gamma) {
  cmsToneCurve* const curve = cmsBuildGamma(nullptr, gamma);
  const cmsHPROFILE profile = cmsCreateGrayProfile(cmsD50_xyY(), curve);
  cmsFreeToneCurve(curve);
  return saved(profile);
}

Bytes cmyk_profile() {
  const cmsHPROFILE profile = cmsCreateProfilePlaceholder(nullptr);
  cmsSetProfileVersion(profile, 4.3);
  cmsSetDeviceClass(profile, cmsSigOutputClass);
  cmsSetColorSpace(profile, cmsSigCmykData);
  cmsSetPCS(profile, cmsSigLabData);
  cmsPipeline* const pipeline = cmsPipelineAlloc(nullptr, 4, 3);
  cmsStage* const table = cmsStageAllocCLut16bit(nullptr, 9, 4, 3, nullptr);
  cmsStageSampleCLut16bit(table, lightness_of_inks, nullptr, 0);
  cmsPipelineInsertStage(pipeline, cmsAT_BEGIN, table);
  cmsPipelineInsertStage(pipeline, cmsAT_BEGIN, cmsStageAllocToneCurves(nullptr, 4, nullptr));
  cmsPipelineInsertStage(pipeline, cmsAT_END, cmsStageAllocToneCurves(nullptr, 3, nullptr));
  cmsWriteTag(profile, cmsSigAToB0Tag, pipeline);
  cmsPipelineFree(pipeline);
  return saved(profile);
}

std::array<double, 3> srgb_of(const std::array<double, 3>& colour,
                              const Primaries& primaries,
                              double gamma) {
  Vector light{};
  for (size_t c = 0; c < 3; ++c) light[c] = std::pow(colour[c], gamma);
  Vector srgb = solve(xyz_of(kSrgbPrimaries), product(xyz_of(primaries), light));
  for (double& value : srgb) value = srgb_curve(std::clamp(value, 0.0, 1.0));
  return srgb;
}

double srgb_curve(double light) {
  return light <= 0.0031308 ? 12.92 * light : 1.055 * std::pow(light, 1.0 / 2.4) - 0.055;
}

double srgb_of_lightness(double lightness) {
  const double f = (lightness + 16.0) / 116.0;
  return srgb_curve(f > 6.0 / 29.0 ? f * f * f : (f - 4.0 / 29.0) * 108.0 / 841.0);
}

}  // namespace strata::image
