// Analyzes queries of Log Analytics by Kusto's own language service: {name: query} on standard input, {name: {faults, columns}} on standard output.
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const vm = require('node:vm');

const folder = dirname(require.resolve('@kusto/language-service-next'));
for (const script of ['bridge.min.js', 'Kusto.Language.Bridge.min.js']) vm.runInThisContext(readFileSync(join(folder, script), 'utf8'));

// The columns of the tables that gateway and worker write to: learn.microsoft.com/azure/azure-monitor/reference/tables/appmetrics and its neighbours.
const common = 'TimeGenerated: datetime, AppRoleInstance: string, AppRoleName: string, OperationId: string, OperationName: string, ParentId: string, Properties: dynamic, ItemCount: int';
const tables = {
  AppMetrics: `${common}, Name: string, Sum: real, Min: real, Max: real`,
  AppTraces: `${common}, Message: string, SeverityLevel: int`,
  AppRequests: `${common}, Id: string, Name: string, Url: string, Success: bool, ResultCode: string, DurationMs: real, PerformanceBucket: string, Measurements: dynamic`,
  AppDependencies: `${common}, Id: string, Target: string, DependencyType: string, Name: string, Data: string, Success: bool, ResultCode: string, DurationMs: real, Measurements: dynamic`,
};

const { Symbols, GlobalState, KustoCode } = Kusto.Language;
const symbols = Object.entries(tables).map(([name, columns]) => new Symbols.TableSymbol.$ctor7(name, `(${columns})`, null));
const workspace = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('workspace', symbols));

function list(collection, read) {
  return Array.from({ length: collection.Count }, (_, i) => read(collection.getItem(i)));
}

const answers = {};
for (const [name, query] of Object.entries(JSON.parse(readFileSync(0, 'utf8')))) {
  const code = KustoCode.ParseAndAnalyze(query, workspace);
  answers[name] = { faults: list(code.GetDiagnostics(), fault => fault.Message), columns: list(code.ResultType.Columns, column => column.Name) };
}

console.log(JSON.stringify(answers));
