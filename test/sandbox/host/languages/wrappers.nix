# Wrappers of GTK and Qt programs.
final:
{ find, ... }:

let
  # A library with a directory that wrappers add to a search path.
  library =
    pname: directory:
    final.runCommand pname { } "install -D /dev/null $out/${directory}/module.so";

  dconf = library "dconf" "lib/gio/modules";
  qtHook = find [
    "development/libraries/qt-6/hooks/wrap-qt-apps-hook.sh"
    "by-name/qt/qt6/hooks/wrap-qt-apps-hook.sh"
  ];
in
{
  wrapGAppsHook3 = final.callPackage (find [ "build-support/setup-hooks/wrap-gapps-hook" ]) {
    inherit (final) wrapGAppsHook3;
    dconf = dconf // {
      lib = dconf;
    };
    withDconf = true;
    gobject-introspection = null;
    gtk3 = null;
    librsvg = null;
  };
  gtkLibrary = library "gtk-library" "lib/girepository-1.0";

  qtbase = library "qtbase" "lib/qt-6/plugins";
  wrapQtAppsHook = final.makeSetupHook {
    name = "wrap-qt6-apps-hook";
    propagatedBuildInputs = [ final.makeWrapper ];
  } (if qtHook == null then ../../stdenv/setup-hooks/wrap-qt-apps.sh else qtHook);
}
