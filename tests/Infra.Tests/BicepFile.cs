namespace Serverless.Infra.Tests;

/// <summary>What one Bicep file declares and uses, as bicep.mjs prints it.</summary>
public sealed record BicepFile(
    string File,
    IReadOnlyList<string> Errors,
    IReadOnlyList<BicepParameter> Parameters,
    IReadOnlyList<string> Outputs,
    IReadOnlyList<BicepModule> Modules,
    IReadOnlyList<string> Resources,
    IReadOnlyList<BicepOutputUse> OutputUses,
    IReadOnlyList<string> Settings,
    IReadOnlyList<string> Strings);

public sealed record BicepParameter(string Name, bool Optional);

public sealed record BicepModule(string Name, string Path, IReadOnlyList<string> Params);

public sealed record BicepOutputUse(string Module, string Output);
