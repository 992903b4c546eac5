# What strata is built on. The build and the installed package both read this list.

# Arguments of find_package, one package a line.
set(STRATA_PACKAGES
    "LibTorch 2.7"
    "OpenCV COMPONENTS core imgproc imgcodecs"
    "fmt"
    "yaml-cpp"
    "nlohmann_json"
    "OpenSSL COMPONENTS Crypto"
    "JPEG"
    "PNG"
    "TIFF"
    "CLI11"
    "Threads"
    "PkgConfig")

# Modules of pkg-config. Debian's own package file of libzip asks for programs that libzip-dev does
# not bring.
set(STRATA_MODULES cairo lcms2 libzip)
