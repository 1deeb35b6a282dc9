# What the library needs: found by the build and, through the installed package, by those who link it. Who includes
# this defines tributary_need(NAME [VERSION] [COMPONENTS...]).
tributary_need(Threads)
tributary_need(CAF 0.17 COMPONENTS core)
tributary_need(Boost 1.81 COMPONENTS json)
tributary_need(OpenSSL 3)
tributary_need(SQLite3)
tributary_need(SQLiteCpp)
tributary_need(spdlog)
tributary_need(prometheus-cpp COMPONENTS core)
tributary_need(uriparser)
tributary_need(PkgConfig)
pkg_check_modules(XXHASH REQUIRED QUIET IMPORTED_TARGET libxxhash)
