#include "image/tiff_memory.hpp"

#include "raw_files.hpp"

#include <gtest/gtest.h>

namespace strata::image {
namespace {

TEST(TiffMemory, WhatIsWrittenCanBeRead) {
  TiffOutput output;
  TIFFSetField(output.get(), TIFFTAG_IMAGEWIDTH, 2);
  TIFFSetField(output.get(), TIFFTAG_IMAGELENGTH, 1);
  TIFFSetField(output.get(), TIFFTAG_BITSPERSAMPLE, 8);
  TIFFSetField(output.get(), TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  std::array<unsigned char, 2> row = {7, 9};
  ASSERT_EQ(TIFFWriteScanline(output.get(), row.data(), 0, 0), 1);
  const Bytes bytes = output.finish();
  const TiffInput input(bytes);
  ASSERT_NE(input.get(), nullptr);
  std::array<unsigned char, 2> again = {};
  ASSERT_EQ(TIFFReadScanline(input.get(), again.data(), 0, 0), 1);
  EXPECT_EQ(again, row);
}

TEST(TiffMessages, CatchErrorsInsteadOfPrintingThem) {
  ::testing::internal::CaptureStderr();
  {
    const TiffMessages messages;
    const Bytes nonsense = bytes_of("II*");
    EXPECT_EQ(TiffInput(nonsense).get(), nullptr);
    EXPECT_NE(messages.error, "");
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(TiffMessages, LeaveTheHandlersOfOthersWorkingWhenNoneLives) {
  { const TiffMessages messages; }
  ::testing::internal::CaptureStderr();
  TIFFError("someone", "else's %s", "trouble");
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("else's trouble"), std::string::npos);
}

}  // namespace
}  // namespace strata::image
