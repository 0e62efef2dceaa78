namespace Serverless.Infra.Tests.Compiler;

/// <param name="Diagnostics">What the compiler had to say: empty when all is well.</param>
public sealed record BicepRun(int ExitCode, string Output, string Diagnostics);
