# A replacement for nixpkgs' lib without a checkout: a module system that looks up options and merges definitions, without
# types, priorities and submodules. It shows that the module evaluates, not that nixpkgs' module system accepts it.
let
  merge =
    a: b:
    if builtins.isList a && builtins.isList b then
      a ++ b
    else if builtins.isAttrs a && builtins.isAttrs b then
      b // builtins.mapAttrs (name: value: if b ? ${name} then merge value b.${name} else value) a
    else
      b;

  # The values that a definition sets for the option at `path`. Evaluates the content of mkIf before its condition, because
  # the condition may depend on other options that the same module could define.
  definitions =
    path: value:
    if value._type or null == "merge" then
      builtins.concatMap (definitions path) value.contents
    else if value._type or null == "if" then
      let
        inner = definitions path value.content;
      in
      if inner != [ ] && value.condition then inner else [ ]
    else if path == [ ] then
      [ value ]
    else if value ? ${builtins.head path} then
      definitions (builtins.tail path) value.${builtins.head path}
    else
      [ ];

  unspecified = _: null;
  lib = {
    mkOption = option: option // { _type = "option"; };
    mkEnableOption =
      description:
      lib.mkOption {
        inherit description;
        default = false;
      };
    mkIf = condition: content: {
      _type = "if";
      inherit condition content;
    };
    mkMerge = contents: {
      _type = "merge";
      inherit contents;
    };
    optional = condition: value: if condition then [ value ] else [ ];
    genAttrs =
      names: function:
      builtins.listToAttrs (
        map (name: {
          inherit name;
          value = function name;
        }) names
      );
    escapeShellArg = text: "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] (toString text)}'";
    types =
      lib.genAttrs [ "attrsOf" "functionTo" "listOf" "nullOr" "oneOf" "strMatching" "submodule" ] (_: unspecified)
      // lib.genAttrs [ "bool" "float" "int" "package" "path" "str" "unspecified" ] (_: null)
      // {
        either = _: _: null;
      };

    evalModules =
      { modules, specialArgs }:
      let
        loaded = builtins.concatMap load modules;
        load =
          module:
          if builtins.isPath module then
            load (import module)
          else if builtins.isFunction module then
            load (module ({ inherit lib config options; } // specialArgs))
          else
            [ module ] ++ builtins.concatMap load (module.imports or [ ]);
        options = builtins.foldl' merge { } (map (module: module.options or { }) loaded);
        valueAt =
          path: option:
          if option._type or null == "option" then
            let
              found = builtins.concatMap (module: definitions path (module.config or { })) loaded;
            in
            if found == [ ] then option.default else builtins.foldl' merge (builtins.head found) (builtins.tail found)
          else
            builtins.mapAttrs (name: valueAt (path ++ [ name ])) option;
        config = valueAt [ ] options;
      in
      {
        inherit config;
      };
  };
in
lib
