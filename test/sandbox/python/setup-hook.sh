
# Debian's Python installs to lib/python3/dist-packages below a prefix only with this layout.
export DEB_PYTHON_INSTALL_LAYOUT=deb_system
