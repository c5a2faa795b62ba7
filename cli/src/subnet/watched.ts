import type { AnySolvers, SolverVariant } from "@subnetkit/shared/subnet/define-solvers";
import type { SubnetDefinition } from "@subnetkit/shared/subnet/define-subnet";
import type { AnyTask } from "@subnetkit/shared/subnet/define-task";

type Subnet = { readonly definition: SubnetDefinition; readonly variants: ReadonlyMap<string, SolverVariant> };

/** The same subnet, whose challenges, scorers and solvers are told of before each call. */
export function watched({ definition, variants }: Subnet, at: (call: string) => void): Subnet {
  const tasks = Object.entries(definition.tasks).map(([id, task]) => [id, watchedTask(task, at)] as const);
  const named = [...variants].map(([name, variant]) => {
    const solvers = Object.entries(variant.solvers).map(([id, solve]): [string, AnySolvers[string]] => [
      id,
      told(solve.bind(variant.solvers), () => at(`the solver of task ${id} (variant ${name})`)),
    ]);
    return [name, { ...variant, solvers: Object.fromEntries(solvers) }] as const;
  });
  return { definition: { ...definition, tasks: Object.fromEntries(tasks) }, variants: new Map(named) };
}

function watchedTask(task: AnyTask, at: (call: string) => void): AnyTask {
  const { id, scorer } = task;
  const scoring = (): void => at(`the scorer of task ${id}`);
  return {
    ...task,
    challenge: told(task.challenge.bind(task), () => at(`the challenge of task ${id}`)),
    scorer:
      scorer.kind === "each"
        ? { ...scorer, score: told(scorer.score.bind(scorer), scoring) }
        : { ...scorer, score: told(scorer.score.bind(scorer), scoring) },
  };
}

function told<Given extends readonly unknown[], Made>(
  call: (...given: Given) => Made,
  tell: () => void,
): (...given: Given) => Made {
  return (...given) => {
    tell();
    return call(...given);
  };
}
