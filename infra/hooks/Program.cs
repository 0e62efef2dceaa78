// azd's hook `preprovision`: asks Azure whether what is about to be deployed can be, before anything is made or paid for.
using Serverless.Infra.Hooks;

if (DeploymentPlan.Missing(Environment.GetEnvironmentVariable) is { } missing)
{
    Console.Error.WriteLine($"note: {missing} is not set yet, so that region and quota were not looked at: azd env new NAME --subscription ID --location REGION");
    return 0;
}

try
{
    var plan = DeploymentPlan.Read(Environment.GetEnvironmentVariable);
    using var http = new HttpClient { BaseAddress = new Uri("https://management.azure.com/") };
    http.DefaultRequestHeaders.Authorization = new("Bearer", await AzdToken.ReadAsync());
    var offer = await new ResourceManager(http).ReadOfferAsync(plan, CancellationToken.None);
    var findings = Preflight.Check(plan, offer);
    foreach (var finding in findings) Console.Error.WriteLine($"{(finding.Stops ? "stop" : "note")}: {finding.Text}");
    return findings.Any(f => f.Stops) ? 1 : 0;
}
catch (PreflightException exception)
{
    Console.Error.WriteLine($"stop: {exception.Message}");
    return 1;
}
