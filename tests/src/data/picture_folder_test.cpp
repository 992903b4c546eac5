#include "data/picture_folder.hpp"

#include "base/error.hpp"
#include "picture_files.hpp"
#include "testing/testing.hpp"

#include <gtest/gtest.h>

namespace strata::data {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;
using testing::throws;
using Names = std::vector<std::string>;

TEST(PictureFolder, TellsTheLayoutByDepth) {
  const TemporaryFolder folder;
  touch(folder / "flat/b.jpg");
  touch(folder / "flat/a.png");
  touch(folder / "class/dog/1.jpg");
  touch(folder / "class/cat/2.jpg");
  touch(folder / "domain/photo/dog/1.jpg");
  touch(folder / "domain/art/cat/1.jpg");

  const Dataset flat = open_picture_folder(folder / "flat", "auto");
  EXPECT_EQ(flat.layout, "flat");
  EXPECT_EQ(names_of(flat), (Names{"a.png", "b.jpg"}));
  EXPECT_TRUE(flat.classes.empty());
  EXPECT_EQ(flat.items[0].label, -1);
  EXPECT_EQ(flat.items[0].domain, -1);

  const Dataset classes = open_picture_folder(folder / "class", "auto");
  EXPECT_EQ(classes.layout, "class");
  EXPECT_EQ(classes.classes, (Names{"cat", "dog"}));
  EXPECT_EQ(names_of(classes), (Names{"cat/2.jpg", "dog/1.jpg"}));
  EXPECT_EQ(classes.items[1].label, 1);
  EXPECT_EQ(classes.items[1].domain, -1);
  EXPECT_EQ(classes.items[1].file, folder / "class/dog/1.jpg");

  const Dataset domains = open_picture_folder(folder / "domain", "auto");
  EXPECT_EQ(domains.layout, "domain/class");
  EXPECT_EQ(domains.domains, (Names{"art", "photo"}));
  EXPECT_EQ(domains.classes, (Names{"cat", "dog"}));
  EXPECT_EQ(domains.items[1].name, "photo/dog/1.jpg");
  EXPECT_EQ(domains.items[1].domain, 1);
  EXPECT_EQ(domains.items[1].label, 1);
}

TEST(PictureFolder, TakesPicturesOfAnyCaseAndLeavesOtherAndHiddenFiles) {
  const TemporaryFolder folder;
  for (const char* name : {"a.JPG", "b.jpeg", "c.Png", "d.tif", "e.TIFF", "f.webp", "g.bmp"}) {
    touch(folder / name);
  }
  for (const char* name : {".h.jpg", "notes.txt", "labels.csv", "jpg", ".trash/x.jpg"}) {
    touch(folder / name);
  }
  EXPECT_EQ(names_of(open_picture_folder(folder.path(), "flat")),
            (Names{"a.JPG", "b.jpeg", "c.Png", "d.tif", "e.TIFF", "f.webp", "g.bmp"}));
}

TEST(PictureFolder, FollowsLinksAndEndsCirclesOfThem) {
  const TemporaryFolder folder;
  touch(folder / "real/1.jpg");
  fs::create_directories(folder / "set");
  fs::create_directory_symlink(folder / "real", folder / "set/dog");
  EXPECT_EQ(names_of(open_picture_folder(folder / "set", "class")), (Names{"dog/1.jpg"}));

  fs::create_directory_symlink(folder / "real", folder / "real/again");
  EXPECT_TRUE(
      throws<InputError>([&] { open_picture_folder(folder / "real", "flat"); }, "too deep"));
}

TEST(PictureFolder, NamesAFolderWithoutPictures) {
  const TemporaryFolder folder;
  touch(folder / "set/notes.txt");
  EXPECT_TRUE(throws<InputError>([&] { open_picture_folder(folder / "set", "auto"); },
                                 "set: holds no pictures"));
}

TEST(PictureFolder, NamesAClassOrDomainWithoutPictures) {
  const TemporaryFolder folder;
  touch(folder / "one/dog/1.jpg");
  touch(folder / "one/cat/notes.txt");
  EXPECT_TRUE(throws<InputError>([&] { open_picture_folder(folder / "one", "auto"); },
                                 "one/cat: a class without pictures"));
  touch(folder / "two/photo/dog/1.jpg");
  touch(folder / "two/photo/cat/notes.txt");
  EXPECT_TRUE(throws<InputError>([&] { open_picture_folder(folder / "two", "auto"); },
                                 "two/photo/cat: a class without pictures"));
  touch(folder / "three/photo/dog/1.jpg");
  fs::create_directories(folder / "three/art");
  EXPECT_TRUE(throws<InputError>([&] { open_picture_folder(folder / "three", "auto"); },
                                 "three/art: a domain without pictures"));
}

TEST(PictureFolder, AllowsADomainThatLacksAClass) {
  const TemporaryFolder folder;
  touch(folder / "art/cat/1.jpg");
  touch(folder / "photo/cat/1.jpg");
  touch(folder / "photo/dog/1.jpg");
  EXPECT_EQ(open_picture_folder(folder.path(), "auto").classes, (Names{"cat", "dog"}));
}

TEST(PictureFolder, RefusesPicturesAtDifferentDepths) {
  const TemporaryFolder folder;
  touch(folder / "dog/1.jpg");
  touch(folder / "stray.jpg");
  EXPECT_TRUE(throws<InputError>([&] { open_picture_folder(folder.path(), "auto"); },
                                 "different depths (dog/1.jpg and stray.jpg)"));
  EXPECT_TRUE(throws<InputError>([&] { open_picture_folder(folder.path(), "class"); },
                                 "stray.jpg: lies too high for layout class"));
  EXPECT_TRUE(throws<InputError>([&] { open_picture_folder(folder.path(), "flat"); },
                                 "dog/1.jpg: lies too deep for layout flat"));
}

TEST(PictureFolder, RefusesPicturesDeeperThanAnyLayout) {
  const TemporaryFolder folder;
  touch(folder / "a/b/c/1.jpg");
  EXPECT_TRUE(throws<InputError>([&] { open_picture_folder(folder.path(), "auto"); },
                                 "too deep (a/b/c/1.jpg)"));
}

}  // namespace
}  // namespace strata::data
