using System.Diagnostics;
using Serverless.Local.Processes;
using Serverless.Local.Stack;

namespace Local.Tests.Processes;

public sealed class ChildEnvironmentTests
{
    [Theory]
    [InlineData("Gateway__OperatorKey", true)]
    [InlineData("GATEWAY__OPERATORKEY", true)]
    [InlineData("OPENAI_API_KEY", true)]
    [InlineData("AzureWebJobsStorage", true)]
    [InlineData("SOME_CONNECTION_STRING", true)]
    [InlineData("GITHUB_TOKEN", true)]
    [InlineData("Worker__MaxTokens", false)]
    [InlineData("PATH", false)]
    [InlineData("HOME", false)]
    [InlineData("DOTNET_ROOT", false)]
    [InlineData("CUDA_VISIBLE_DEVICES", false)]
    public void IsSecret_ByItsName(string name, bool expected) => Assert.Equal(expected, ChildEnvironment.IsSecret(name));

    [Fact]
    public void WorkerAndAzurite_DoNotInheritTheOperatorsKey()
    {
        Environment.SetEnvironmentVariable("Gateway__OperatorKey", "sk-secret");
        try
        {
            var worker = new WorkerChild("worker.dll", 1, "models").Spec(TimeProvider.System);
            var azurite = AzuriteChild.OnFreePorts().Spec("modules", "folder", TimeProvider.System);

            // Null removes a variable from what the child inherits.
            Assert.Null(Assert.Contains("Gateway__OperatorKey", worker.Environment));
            Assert.Null(Assert.Contains("Gateway__OperatorKey", azurite.Environment));
            Assert.DoesNotContain("Gateway__OperatorKey", new ProcessStartInfo("dotnet").WithoutSecrets().Environment.Keys);
        }
        finally
        {
            Environment.SetEnvironmentVariable("Gateway__OperatorKey", null);
        }
    }
}
