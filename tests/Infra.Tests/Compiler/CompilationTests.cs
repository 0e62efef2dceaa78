namespace Serverless.Infra.Tests.Compiler;

public sealed class CompilationTests
{
    private static readonly Dictionary<string, string> Azd = new() { ["AZURE_ENV_NAME"] = "demo", ["SERVICE_WORKER_IMAGE_NAME"] = "registry.example/worker:1" };

    [Theory]
    [InlineData("build", "main.bicep")]
    [InlineData("lint", "main.bicep")]
    [InlineData("build", "worker.bicep")]
    [InlineData("lint", "worker.bicep")]
    [InlineData("build-params", "worker.bicepparam")]
    [InlineData("lint", "worker.bicepparam")]
    public void Run_OnWhatIsDeployed_HasNothingToSay(string command, string file)
    {
        var arguments = new List<string> { command, Path.Combine(Repository.Infra, file) };
        if (command != "lint") arguments.Add("--stdout");
        var run = BicepCompiler.Run(arguments, Azd);
        Assert.Equal("", run.Diagnostics.Trim());
        Assert.Equal(0, run.ExitCode);
    }

    [Theory]
    [InlineData("param a string\n", "no-unused-params")]
    [InlineData("resource x 'Microsoft.Storage/storageAccounts@2025-06-01' = {\n  name: \n}\n", "BCP009")]
    public void Run_OnABrokenFile_SaysWhatIsWrong(string text, string code)
    {
        var folder = Directory.CreateTempSubdirectory("bicep");
        try
        {
            File.Copy(Path.Combine(Repository.Infra, "bicepconfig.json"), Path.Combine(folder.FullName, "bicepconfig.json"));
            File.WriteAllText(Path.Combine(folder.FullName, "broken.bicep"), text);
            var run = BicepCompiler.Run(["build", Path.Combine(folder.FullName, "broken.bicep"), "--stdout"]);
            Assert.NotEqual(0, run.ExitCode);
            Assert.Contains(code, run.Diagnostics, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Files_AreFormattedAsTheCompilerWould()
    {
        var folder = Directory.CreateTempSubdirectory("bicep");
        try
        {
            foreach (var file in BicepFiles())
            {
                var copy = Path.Combine(folder.FullName, Path.GetRelativePath(Repository.Infra, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }

            var run = BicepCompiler.Run(["format", "--pattern", Path.Combine(folder.FullName, "**", "*.bicep")]);
            Assert.True(run.ExitCode == 0, run.Diagnostics);
            var unformatted = BicepFiles().Select(f => Path.GetRelativePath(Repository.Infra, f)).Where(f => File.ReadAllText(Path.Combine(folder.FullName, f)).ReplaceLineEndings() != File.ReadAllText(Path.Combine(Repository.Infra, f)).ReplaceLineEndings());
            Assert.Empty(unformatted);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Modules_InTheFolder_AreAllDeployed()
    {
        var used = BicepFiles().Select(File.ReadAllText).ToArray();
        var unused = Directory.EnumerateFiles(Path.Combine(Repository.Infra, "modules")).Select(f => Path.GetFileName(f)!).Where(f => !used.Any(u => u.Contains(f, StringComparison.Ordinal)));
        Assert.Empty(unused);
    }

    [Theory]
    [InlineData("main.bicep")]
    [InlineData("worker.bicep")]
    public void Template_Whole_AsksForNoKeyAndHoldsNone(string file)
    {
        var template = BicepCompiler.Build(file).ToJsonString();
        foreach (var key in new[] { "listKeys", "listAdminKeys", "listQueryKeys", "AccountKey=", "AccessKey=", "SharedAccess" })
            Assert.DoesNotContain(key, template, StringComparison.OrdinalIgnoreCase);
    }

    private static IEnumerable<string> BicepFiles() => Directory.EnumerateFiles(Repository.Infra, "*.bicep", SearchOption.AllDirectories);
}
